"""An account and the person it belongs to: found by the proved e-mail address, or entered by the person themselves."""

import logging

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.people.models import Person
from lms.people.operations import recording

log = logging.getLogger(__name__)


class AlreadyJoined(Exception):
    """The account has a person already."""


@transaction.atomic
def link_by_email(user, email: str, *, by=None) -> Person | None:
    """Join ``user`` to the one person without account who has the proved address ``email``.

    None when the account has a person, when nobody has the address, or when several have it (a shared mailbox:
    somebody who knows them must decide). Safe to repeat.
    """
    if not email or Person.objects.filter(user=user).exists():
        return None
    # The lock keeps two accounts that prove addresses of one person at once from both taking it.
    found = list(Person.objects.select_for_update().filter(email__iexact=email, user__isnull=True)[:2])
    if len(found) != 1:
        return None
    person = found[0]
    person.user = user
    person.save()
    _name_account(user, person)
    log.info("Joined person %s to account %s", person.reference, user.pk)
    return person


@transaction.atomic
def enter(user, *, given_name: str, surname: str, father_name: str, language: str, by) -> Person:
    """Make the person of ``user``, who is in no register yet. Raises AlreadyJoined."""
    if Person.objects.filter(user=user).exists():
        raise AlreadyJoined(_("Your account has a name already. To have it corrected, write to the organiser."))
    person = recording.record(
        given_name=given_name,
        surname=surname,
        father_name=father_name,
        language=language,
        email=user.email,
        user=user,
        by=by,
    )
    _name_account(user, person)
    log.info("Entered person %s for account %s", person.reference, user.pk)
    return person


@transaction.atomic
def change_details(person: Person, *, language: str, phone: str, by) -> None:
    """What a person may change about themselves: the language we write in, and the telephone number."""
    person.language = language
    person.phone = phone
    person.save()
    if person.user:
        person.user.language = language
        person.user.save(update_fields=["language"])


def _name_account(user, person: Person) -> None:
    user.name = person.full_name
    user.language = person.language
    user.save(update_fields=["name", "language"])
