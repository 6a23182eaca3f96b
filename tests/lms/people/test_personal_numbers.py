"""Personal numbers: sealed, found by a keyed index, read with a trace."""

import pytest

from lms.people import personal_numbers
from lms.people.models import PersonalNumberAccess
from lms.people.operations import recording
from tests.factories import PersonFactory, UserFactory


@pytest.mark.parametrize(
    ("number", "expected"),
    [("0000000019", True), ("0000000018", False), ("9000000000", True), ("123", False), ("00000000١9", False)],
)
def test_the_check_digit_is_known(number, expected):
    assert personal_numbers.looks_right(number) is expected


@pytest.mark.django_db
def test_a_number_is_unreadable_at_rest_and_every_reading_is_written_down():
    user = UserFactory()
    person = recording.record(given_name="Arta", personal_number="0000 000019")

    number = personal_numbers.read(person, by=user, reason="Request 4/2026")

    assert number == "0000000019"
    assert b"0000000019" not in bytes(person.personal_number_sealed)
    access = PersonalNumberAccess.objects.get()
    assert (access.person, access.read_by, access.reason) == (person, user, "Request 4/2026")


@pytest.mark.django_db
def test_two_persons_never_share_a_number():
    first = recording.record(given_name="Arta", personal_number="0000000019")

    with pytest.raises(recording.PersonalNumberTaken, match=first.reference):
        recording.record(given_name="Besa", personal_number="0000000019")


@pytest.mark.django_db
def test_a_new_name_keeps_the_old_one_as_a_form():
    person = PersonFactory(given_name="Živka", surname="Đukić", language="sr-latn")

    changed = recording.rename(person, given_name="Živka", surname="Đukić Mitić", father_name="", document="12/2026")

    assert changed
    form = person.name_forms.get()
    assert (form.surname, form.language, form.document) == ("Đukić", "sr-latn", "12/2026")
    person.refresh_from_db()
    assert person.surname == "Đukić Mitić"
    assert not recording.rename(person, given_name="Živka", surname="Đukić Mitić", father_name="", document="again")
