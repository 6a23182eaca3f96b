"""Recording who somebody is: a new person, a new name, a place of work. Names stand as the document has them."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from lms.kernel import clock
from lms.kernel.search_names import fold
from lms.people import personal_numbers
from lms.people.models import Employment, NameForm, Organisation, Person


class PersonalNumberTaken(ValueError):
    """Another person already has this personal number."""


@transaction.atomic
def record(*, given_name: str, surname: str = "", personal_number: str = "", by=None, **facts) -> Person:
    """A new person. Raises PersonalNumberTaken when the number is another person's."""
    person = Person(given_name=given_name, surname=surname, **facts)
    set_personal_number(person, personal_number)
    person.save()
    return person


def set_personal_number(person: Person, number: str) -> None:
    """Put ``number`` on ``person``, not yet saved. Raises PersonalNumberTaken when it is another person's."""
    if number:
        holder = (
            Person.objects.filter(personal_number_index=personal_numbers.blind_index(number))
            .exclude(pk=person.pk)
            .first()
        )
        if holder:
            raise PersonalNumberTaken(
                _("This personal number is already recorded for %(person)s. Open that person instead.")
                % {"person": holder.reference}
            )
    personal_numbers.seal(person, number)


def former_name(person: Person, until: date, document: str) -> NameForm:
    """The name ``person`` has now, as a form that was used until ``until``. Not saved."""
    return NameForm(
        person=person,
        language=person.language,
        given_name=person.given_name,
        surname=person.surname,
        father_name=person.father_name,
        document=document,
        used_until=until,
    )


@transaction.atomic
def rename(person: Person, *, given_name: str, surname: str, father_name: str, document: str, by=None) -> bool:
    """Give ``person`` a new name and keep the old one as a name form. False when nothing is different.

    The same old name in another script ends with it: a document of today would otherwise show both names.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    before = former_name(person, clock.local_day(), document)
    person.given_name, person.surname, person.father_name = given_name, surname, father_name
    person.normalise()
    if (person.given_name, person.surname, person.father_name) == (
        before.given_name,
        before.surname,
        before.father_name,
    ):
        return False
    old = fold(f"{before.given_name} {before.surname}")
    for form in person.name_forms.filter(used_until__isnull=True):
        if fold(str(form)) == old:
            form.used_until = before.used_until
            form.save(update_fields=["used_until"])
    before.save()
    person.save()
    return True


@transaction.atomic
def employ(person: Person, organisation: Organisation, *, from_on: date | None, position: str = "", by=None):
    """``person`` works for ``organisation`` from ``from_on`` (None: since before our records). Safe to repeat."""
    Person.objects.select_for_update().get(pk=person.pk)
    current = person.employments.on(from_on or clock.local_day()).filter(organisation=organisation).first()
    return current or Employment.objects.create(
        person=person, organisation=organisation, from_on=from_on, position=position
    )


def last_day_before(move_on: date, employment: Employment) -> date:
    """The last day of ``employment`` when its holder moves on ``move_on``: the day before, never before it began."""
    before = move_on - timedelta(days=1)
    return max(before, employment.from_on) if employment.from_on else before
