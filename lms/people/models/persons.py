"""Persons: who learns, teaches and holds certificates. Names stand as their documents have them."""

import secrets
import unicodedata
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.kernel.constraints import not_empty
from lms.kernel.search_names import fold, search_key, spellings

REFERENCE_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """A person reference for lists and imports, such as P-7K2M9QXD: says nothing about the person."""
    return "P-" + "".join(secrets.choice(REFERENCE_SYMBOLS) for _ in range(8))


class PersonQuerySet(models.QuerySet):
    def matching(self, words: str):
        """Persons whose name, in any spelling or script, has every word of ``words``."""
        found = self
        for forms in spellings(words):
            found = found.filter(reduce(or_, (models.Q(search_key__contains=form) for form in forms)))
        return found


class Person(models.Model):
    reference = models.CharField(_("person reference"), max_length=20, unique=True, default=new_reference)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("account"),
    )
    given_name = models.CharField(_("given name"), max_length=200)
    surname = models.CharField(_("surname"), max_length=200, blank=True)  # empty: a person with a single name
    father_name = models.CharField(_("father's name"), max_length=200, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    # Encrypted; read only through lms.people.personal_numbers, which logs who read it.
    personal_number_sealed = models.BinaryField(_("personal number (sealed)"), null=True, editable=False)
    personal_number_index = models.CharField(max_length=64, null=True, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    language = models.CharField(_("language of documents"), max_length=10, choices=settings.LANGUAGES, default="sq")
    municipality = models.ForeignKey(
        "people.Municipality",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="persons",
        verbose_name=_("municipality"),
    )
    search_key = models.CharField(max_length=1000, editable=False, db_index=True)
    # Folded given name and surname: with the date of birth it suggests that two entries are one person.
    name_key = models.CharField(max_length=500, editable=False, db_index=True, default="")
    is_fictional = models.BooleanField(_("demonstration"), default=False)
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        ordering = ["surname", "given_name", "id"]
        constraints = [not_empty("given_name")]

    def __str__(self):
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.surname}".strip()

    @property
    def full_name_with_father(self) -> str:
        """Given name, father's name in brackets, surname: tells namesakes apart."""
        middle = f" ({self.father_name})" if self.father_name else ""
        return f"{self.given_name}{middle} {self.surname}".strip()

    @property
    def initials(self) -> str:
        """What the public sees without the access code: first letters only, in the person's script."""
        parts = f"{self.given_name} {self.surname}".split()
        return " ".join(f"{part[0]}." for part in parts)

    def normalise(self):
        """NFC and single blanks; never a change of letters or case. Refreshes the search keys."""
        for field in ("given_name", "surname", "father_name"):
            setattr(self, field, " ".join(unicodedata.normalize("NFC", getattr(self, field)).split()))
        self.search_key = search_key(self.given_name, self.father_name, self.surname)[:1000]
        self.name_key = fold(f"{self.given_name} {self.surname}")[:500]

    def save(self, *args, **kwargs):
        self.normalise()
        super().save(*args, **kwargs)


class NameForm(models.Model):
    """A name as one document has it: in another script, another language, or before a change."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="name_forms", verbose_name=_("person"))
    language = models.CharField(_("language and script"), max_length=10, choices=settings.LANGUAGES)
    given_name = models.CharField(_("given name"), max_length=200)
    surname = models.CharField(_("surname"), max_length=200, blank=True)
    father_name = models.CharField(_("father's name"), max_length=200, blank=True)
    document = models.CharField(_("as in which document"), max_length=200, blank=True)
    used_until = models.DateField(_("used until"), null=True, blank=True)  # empty: in use
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("name form")
        verbose_name_plural = _("name forms")

    def __str__(self):
        return f"{self.given_name} {self.surname}".strip()


class PersonalNumberAccess(models.Model):
    """Every reading of a personal number: whose, by whom, when, what for."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("reading of a personal number")
        verbose_name_plural = _("readings of personal numbers")

    def __str__(self):
        return f"{self.person_id} {self.read_at:%Y-%m-%d}"
