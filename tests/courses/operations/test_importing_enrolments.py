"""A list of participants: found or entered, enrolled all or none, every fault with its line, and safe to repeat."""

import io
from datetime import date

import pytest

from courses import identify
from courses.models import Enrolment
from courses.operations.importing import ImportRefused
from courses.operations.importing_enrolments import import_enrolments
from lms.people.models import Person
from tests.factories import GroupFactory, MunicipalityFactory, PersonFactory

pytestmark = pytest.mark.django_db

HEADER = "given_name,surname,father_name,birth_date,email,municipality,licence_number,person,group"


@pytest.fixture
def group():
    return GroupFactory(code="G1", round__code="R-1", capacity=10)


def load(group, *lines, dry_run=False):
    file = io.BytesIO("\n".join([HEADER, *lines]).encode())
    return import_enrolments(file, "list.csv", group.round, by=None, dry_run=dry_run)


def faults(group, *lines):
    with pytest.raises(ImportRefused) as refused:
        load(group, *lines)
    return [str(problem) for problem in refused.value.problems]


def test_new_persons_are_entered_as_written_and_enrolled(group):
    place = MunicipalityFactory(names={"sq": "Pejë", "sr-latn": "Peć"}, name_definite="Peja")

    result = load(group, "Arta,Çela,Agim,24.05.1988,arta@example.org,peje,,,G1", "Đuro,Đukić,,1990-01-02,,Peja,,,G1")

    assert (result.persons, result.enrolled, result.already) == (2, 2, 0)
    person = Person.objects.get(surname="Çela")
    assert (person.given_name, person.birth_date, person.municipality) == ("Arta", date(1988, 5, 24), place)
    assert Enrolment.objects.get(person=person).group == group


def test_the_second_run_of_the_same_file_changes_nothing(group):
    lines = ["Arta,Çela,Agim,24.05.1988,,,,,G1", "Besa,Hoxha,,,besa@example.org,,,,G1"]
    load(group, *lines)

    result = load(group, *lines)

    assert (result.persons, result.enrolled, result.already) == (0, 0, 2)
    assert Person.objects.count() == 2


def test_a_dry_run_says_what_would_happen_and_writes_nothing(group):
    result = load(group, "Arta,Çela,,24.05.1988,,,,,G1", dry_run=True)

    assert (result.persons, result.enrolled, result.written) == (1, 1, False)
    assert Person.objects.count() == 0


def test_every_fault_is_named_with_its_line_and_nothing_is_written(group):
    said = faults(
        group,
        "Arta,Çela,,24.05.1988,,,,,G1",
        ",Nobody,,24.05.1988,,,,,G1",
        "Besa,Hoxha,,,,,,,G1",
        "Driton,Berisha,,31.02.1988,,,,,G1",
        "Ema,Gashi,,24.05.1988,not an address,,,,G1",
        "Fatos,Kola,,24.05.1988,,Atlantis,,,G1",
        "Gent,Dema,,24.05.1988,,,,,G9",
        "Arta,Çela,,24.05.1988,,,,,G1",
    )

    assert [line.split(":")[0] for line in said] == [f"Line {number}" for number in range(3, 10)]
    assert "round R-1 has no group G9; its groups are: G1" in said[5]
    assert "the person of line 2 again" in said[6]
    assert Person.objects.count() == 0


def test_namesakes_are_told_apart_by_their_father(group):
    other = PersonFactory(given_name="Arta", surname="Çela", father_name="Besim", birth_date=date(1988, 5, 24))

    load(group, "Arta,Çela,Agim,24.05.1988,,,,,G1")

    assert Enrolment.objects.get().person != other
    assert Person.objects.count() == 2


def test_two_persons_that_fit_are_not_chosen_between(group):
    for _n in range(2):
        PersonFactory(given_name="Arta", surname="Çela", birth_date=date(1988, 5, 24))

    assert "several persons" in faults(group, "Arta,Çela,,24.05.1988,,,,,G1")[0]


def test_a_person_is_named_by_reference_or_licence_number(group, monkeypatch):
    one, other = PersonFactory(), PersonFactory()
    monkeypatch.setattr(identify, "_lookups", [lambda numbers: {"L-1": [other.pk]} if "L-1" in numbers else {}])

    load(group, f",,,,,,,{one.reference},G1", ",,,,,,L-1,,G1")

    assert {row.person for row in Enrolment.objects.all()} == {one, other}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (",,,,,,,P-NOBODY,G1", "no person P-NOBODY"),
        (",,,,,,L-9,,G1", "licence number L-9"),
        ("Besa,,,,,,,{reference},G1", "not the name of"),
    ],
)
def test_a_wrong_reference_number_or_name_is_refused(group, line, expected):
    person = PersonFactory(given_name="Arta")

    assert expected in faults(group, line.format(reference=person.reference))[0]


def test_more_people_than_places_are_refused_whole(group):
    group.capacity = 1
    group.save()

    said = faults(group, "Arta,Çela,,24.05.1988,,,,,G1", "Besa,Hoxha,,24.05.1988,,,,,G1")

    assert "1 free places, but 2 people" in said[0]
    assert Person.objects.count() == 0


def test_an_address_is_the_same_in_capitals(group):
    PersonFactory(given_name="Arta", surname="Çela", email="arta@example.org")

    result = load(group, "ARTA,ÇELA,,,Arta@Example.ORG,,,,G1")

    assert (result.persons, result.enrolled) == (0, 1)


def test_one_new_person_in_two_lines_is_seen_by_any_of_what_names_them(group):
    said = faults(group, "Arta,Çela,,24.05.1988,arta@example.org,,,,G1", "Arta,Çela,,,ARTA@example.org,,,,G1")

    assert said == ["Line 3: this is the person of line 2 again"]
    assert not Person.objects.exists()


@pytest.mark.parametrize("born", ["24.05.0088", "31.12.1899", "24.05.2088"])
def test_a_date_of_birth_that_cannot_be_right_is_refused(group, born):
    assert faults(group, f"Arta,Çela,,{born},,,,,G1") == [f"Line 2: the date of birth {born} cannot be right"]


def test_a_name_that_no_column_holds_is_refused(group):
    assert faults(group, f"{'A' * 201},Çela,,24.05.1988,,,,,G1") == ["Line 2: given_name is longer than 200 characters"]
