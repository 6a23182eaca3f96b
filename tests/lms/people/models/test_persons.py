"""People are found however their name is typed: without marks, in the neighbour's spelling, in either script."""

import pytest

from lms.people.models import Person
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("given", "surname", "typed"),
    [
        ("Ana", "Đukić", "Djukic"),
        ("Ana", "Đukić", "djukiq ana"),
        ("Ana", "Ђукић", "Gjukiq"),
        ("Đorđe", "Ilić", "djordje"),
        ("Đorđe", "Ilić", "dorde ilic"),
        ("Mirza", "Hadžiomerović", "haxhiomeroviq"),
        ("Mirza", "Haxhiomeroviq", "Hadžiomerović"),
        ("Mirza", "Haxhiomeroviq", "hadziomerovic"),
        ("Љубиша", "Џамбић", "ljubisa"),
        ("Љубиша", "Џамбић", "Ljubiša dzam"),
        ("Ljubiša", "Džambić", "Љубиша Џамбић"),
        ("Gülşen", "Kirveş", "gulsen"),
        ("Gülşen", "Kirveş", "GÜLŞEN kirves"),
        ("Besë", "Gashi", "Gaši"),
        ("Besë", "Gashi", "gash"),
        ("Çlirim", "Hoxha", "clirim hodza"),
        ("Çlirim", "Hoxha", "hox"),
    ],
)
def test_a_name_is_found_as_it_is_typed(given, surname, typed, django_assert_num_queries):
    meant = PersonFactory(given_name=given, surname=surname)
    PersonFactory(given_name="Drita", surname="Berisha")

    with django_assert_num_queries(1):
        found = list(Person.objects.matching(typed))

    assert found == [meant]


def test_every_word_must_be_there():
    PersonFactory(given_name="Ana", surname="Đukić")

    assert not Person.objects.matching("Djukic Arta").exists()
    assert Person.objects.matching("").count() == 1
