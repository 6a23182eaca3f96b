"""A register file before the register: what each line would change, and what is written."""

import csv
import io
from datetime import date, timedelta

import pytest

from certification import holdings
from certification.models import Licence, LicenceEvent
from certification.operations import importing_register
from certification.operations.importing_register import RegisterFile
from certification.rules.register_words import COLUMNS
from lms.kernel import clock
from lms.kernel.spreadsheets import SpreadsheetError, write_xlsx
from lms.people import personal_numbers
from lms.people.models import Employment, NameForm, Organisation, Person
from tests.certification.factories import IssuingBodyFactory, licence_for
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

LINE = {
    "licence_number": "L-1",
    "given_name": "Arta",
    "surname": "Gashi",
    "father_name": "Ndue",
    "birth_date": "1.2.1980",
    "personal_number": "0000000019",
    "level": "niveli bazik",
    "category": "profesionist i fushës",
    "valid_from": "2025-01-01",
    "valid_to": "2099-12-31",
    "status": "valid",
    "municipality": "Peja",
    "email": "arta@example.org",
    "language": "sr-Latn",
}
OTHER = LINE | {
    "licence_number": "L-2",
    "given_name": "Besnik",
    "surname": "Hoxha",
    "personal_number": "0000000027",
    "birth_date": "1985-05-05",
    "email": "",
}


def as_csv(*lines, columns=COLUMNS) -> io.BytesIO:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(lines)
    return io.BytesIO(text.getvalue().encode())


def run(*lines, write=True, by=None):
    """Import ``lines`` and return what became of each."""
    file, results = as_csv(*lines), []
    survey = importing_register.survey(file, "register.csv")
    register_file = RegisterFile(IssuingBodyFactory(), survey, source="import 2026-11-22 register.csv", by=by)
    register_file.run(importing_register.rows_of(file, "register.csv"), write=write, on_chunk=results.extend)
    return results


def refusal(*lines) -> list[str]:
    results = run(*lines)
    assert {result.outcome for result in results} == {"refused"}
    return [result.reason for result in results]


def test_a_new_line_brings_a_person_and_a_licence_with_its_ledger():
    officer = UserFactory()

    (result,) = run(LINE, by=officer)

    licence = Licence.objects.get()
    person = licence.person
    assert result.outcome == "new"
    assert (licence.number, licence.level, licence.category) == ("L-1", "basic", "field_professional")
    assert (licence.valid_from, licence.valid_to, licence.state) == (date(2025, 1, 1), date(2099, 12, 31), "granted")
    assert (person.full_name_with_father, person.birth_date) == ("Arta (Ndue) Gashi", date(1980, 2, 1))
    assert (person.municipality.key, person.email, person.language) == ("XK-17", "arta@example.org", "sr-latn")
    assert personal_numbers.read(person, by=officer, reason="test") == "0000000019"
    event = licence.events.get()
    assert (event.kind, event.source, event.recorded_by) == ("granted", "import 2026-11-22 register.csv", officer)
    assert Person.objects.matching("gashi").get() == person


def test_a_second_run_of_the_same_file_changes_nothing():
    lines = [LINE, OTHER | {"status": "suspended"}, OTHER | {"licence_number": "L-3", "status": "revoked"}]
    run(*lines)
    events = LicenceEvent.objects.count()

    results = run(*lines)

    assert [result.outcome for result in results] == ["same", "same", "same"]
    assert (LicenceEvent.objects.count(), Person.objects.count(), NameForm.objects.count()) == (events, 2, 0)


def test_a_dry_run_writes_nothing():
    results = run(LINE, OTHER, write=False)

    assert [result.outcome for result in results] == ["new", "new"]
    assert (Licence.objects.count(), Person.objects.count(), LicenceEvent.objects.count()) == (0, 0, 0)


def test_columns_may_come_in_any_order_and_as_a_workbook():
    columns = sorted(COLUMNS)
    file = io.BytesIO(write_xlsx(columns, [[LINE.get(column, "") for column in columns]]))

    survey = importing_register.survey(file, "register.xlsx")
    RegisterFile(IssuingBodyFactory(), survey, source="x").run(
        importing_register.rows_of(file, "register.xlsx"), write=True, on_chunk=lambda results: None
    )

    assert Licence.objects.get().person.full_name == "Arta Gashi"


def test_unknown_and_missing_columns_are_named():
    with pytest.raises(SpreadsheetError, match=r"unknown columns: town.*missing columns: status"):
        importing_register.survey(as_csv(columns=[*(c for c in COLUMNS if c != "status"), "town"]), "register.csv")


def test_a_change_is_shown_column_by_column_and_the_personal_number_never():
    run(LINE)

    (named,) = run(LINE | {"surname": "Gashi Krasniqi", "email": "new@example.org"})
    (numbered,) = run(LINE | {"surname": "Gashi Krasniqi", "email": "", "personal_number": "0000000035"})

    assert (named.outcome, numbered.outcome) == ("changed", "changed")
    assert named.changes == {"surname": ["Gashi", "Gashi Krasniqi"], "email": ["arta@example.org", "new@example.org"]}
    assert numbered.changes == {"personal_number": ["*", "*"]}
    person = Person.objects.get()
    assert person.personal_number_index == personal_numbers.blind_index("0000000035")
    form = person.name_forms.get()
    assert (form.surname, form.used_until) == ("Gashi", clock.local_day())
    assert LicenceEvent.objects.count() == 1


def test_empty_cells_say_nothing_but_an_empty_last_day_says_none():
    run(LINE)

    (result,) = run(
        LINE | dict.fromkeys(["father_name", "email", "municipality", "level", "birth_date", "language"], "")
    )
    (ended,) = run(LINE | {"valid_to": ""})

    assert result.outcome == "same"
    assert ended.changes == {"valid_to": ["2099-12-31", ""]}
    assert ended.warnings == ["valid_to is empty: the licence has no last day."]
    assert Licence.objects.get().valid_to is None


def test_a_later_end_is_a_renewal_and_other_dates_a_correction():
    line = LINE | {"valid_to": "2027-12-31"}
    run(line)

    run(line | {"valid_from": "2028-01-01", "valid_to": "2030-12-31"})
    run(line | {"valid_from": "2028-01-01", "valid_to": "2029-12-31"})

    licence = Licence.objects.get()
    assert [event.kind for event in licence.events.all()] == ["granted", "renewed", "corrected"]
    assert (licence.valid_from, licence.terms.term_from, licence.valid_to) == (
        date(2025, 1, 1),
        date(2028, 1, 1),
        date(2029, 12, 31),
    )
    assert [result.outcome for result in run(line | {"valid_from": "2028-01-01", "valid_to": "2029-12-31"})] == ["same"]


@pytest.mark.parametrize(
    ("first", "then", "kinds"),
    [
        ("valid", "suspended", ["granted", "suspended"]),
        ("suspended", "valid", ["granted", "suspended", "reinstated"]),
        ("valid", "revoked", ["granted", "revoked"]),
        ("valid", "surrendered", ["granted", "surrendered"]),
        ("valid", "renewal_pending", ["granted"]),
    ],
)
def test_a_change_of_status_is_a_row_in_the_ledger(first, then, kinds):
    run(LINE | {"status": first})

    run(LINE | {"status": then})

    assert [event.kind for event in Licence.objects.get().events.all()] == kinds


def test_an_expired_licence_stands_by_its_dates():
    run(LINE | {"status": "expired", "valid_to": "2025-12-31"})

    assert Licence.objects.get().state == "granted"
    assert holdings.licences_of(Person.objects.get())[0].standing == "expired"


def test_what_is_revoked_does_not_come_back():
    run(LINE | {"status": "revoked"})

    assert "for good" in refusal(LINE)[0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"status": "valdi"}, "status “valdi” is not known. Write one of: valid, renewal_pending, expired"),
        ({"status": "expired"}, "valid_to has not passed"),
        ({"valid_from": "31.2.2026"}, "valid_from “31.2.2026” is not a date"),
        ({"valid_to": "2020-01-01"}, "valid_to is before valid_from"),
        ({"birth_date": "1.1.1850"}, "birth_date 1.1.1850 cannot be right"),
        ({"licence_number": ""}, "licence_number is empty"),
        ({"given_name": " "}, "given_name is empty"),
        ({"given_name": "Gаzmend"}, "а (U+0430 CYRILLIC)"),
        ({"surname": "Ga\u200bshi"}, "U+200B"),
        ({"municipality": "Klos"}, "AL-klos"),
        ({"language": "de"}, "sq, sr-latn, sr, en"),
        ({"category": "x" * 61}, "longer than 60"),
    ],
)
def test_a_line_is_refused_with_its_reason(wrong, said):
    assert said in refusal(LINE | wrong)[0]
    assert not Licence.objects.exists()


def test_every_fault_of_a_line_is_said_at_once():
    (reason,) = refusal(LINE | {"status": "x", "valid_from": "y", "language": "z"})

    assert reason.count("is not") == 3


def test_refused_lines_are_never_written_and_the_others_are():
    results = run(LINE, OTHER | {"status": "x"})

    assert [(result.line, result.outcome) for result in results] == [(2, "new"), (3, "refused")]
    assert Licence.objects.get().number == "L-1"


def test_doubtful_values_are_remarked_on():
    (result,) = run(
        LINE | {"personal_number": "123", "email": "arta at home", "organisation": "Nobody", "surname": "Ðukić"}
    )

    assert result.outcome == "new"
    assert len(result.warnings) == 4
    assert "123" not in " ".join(result.warnings)
    assert Person.objects.get().email == ""


def test_a_number_that_stands_twice_is_refused_in_both_lines():
    assert (
        refusal(LINE, OTHER | {"licence_number": "L-1"})
        == ["Licence number L-1 stands in lines 2 and 3; it may stand in one only."] * 2
    )


def test_one_person_described_in_two_ways_is_refused_in_both_lines():
    reasons = refusal(LINE, LINE | {"licence_number": "L-2", "email": "other@example.org"})

    assert reasons[0] == reasons[1]
    assert "Lines 2 and 3 seem to be one person but differ in email" in reasons[0]


def test_two_licences_of_one_person_bring_one_person():
    run(LINE, LINE | {"licence_number": "L-2", "personal_number": "", "category": "mediator"})

    assert (Licence.objects.count(), Person.objects.count()) == (2, 1)


def test_namesakes_with_two_personal_numbers_are_two_persons():
    run(LINE, LINE | {"licence_number": "L-2", "personal_number": "0000000027"})

    assert Person.objects.count() == 2


def test_a_person_is_found_by_the_personal_number_then_by_name_and_birthday():
    numbered = PersonFactory(given_name="Arta", surname="Berisha")
    personal_numbers.seal(numbered, "0000000019")
    numbered.save()
    named = PersonFactory(given_name="BESNIK", surname="Hoxha", birth_date=date(1985, 5, 5))

    results = run(LINE, OTHER)

    assert [result.person for result in results] == [numbered, named]
    assert results[0].changes["surname"] == ["Berisha", "Gashi"]
    assert Person.objects.count() == 2


def test_namesakes_that_cannot_be_told_apart_are_asked_about():
    twins = [PersonFactory(given_name="Arta", surname="Gashi", birth_date=date(1980, 2, 1)) for _n in range(2)]

    (reason,) = refusal(LINE)

    assert all(twin.reference in reason for twin in twins)


def test_a_namesake_with_another_father_is_asked_about():
    PersonFactory(given_name="Arta", surname="Gashi", father_name="Gjon", birth_date=date(1980, 2, 1))

    assert "same name and date of birth" in refusal(LINE)[0]


def test_a_number_that_would_turn_somebody_into_another_person_is_refused():
    run(LINE)

    assert "somebody else" in refusal(LINE | {"licence_number": "L-9", "given_name": "Luan", "surname": "Shala"})[0]
    assert "somebody else" in refusal(LINE | {"given_name": "Luan", "surname": "Shala"})[0]
    assert Person.objects.get().full_name == "Arta Gashi"


def test_a_licence_and_a_personal_number_of_two_persons_are_refused():
    run(LINE, OTHER)

    assert "but the personal number for" in refusal(LINE | {"personal_number": "0000000027"})[0]


def test_a_move_ends_one_employment_and_begins_another():
    first, second = (Organisation.objects.create(code=f"CSW-{n}", kind="csw", names={"en": f"CSW {n}"}) for n in (1, 2))
    run(LINE | {"organisation": "csw 1"})

    (result,) = run(LINE | {"organisation": "CSW-2"})
    again = run(LINE | {"organisation": "CSW-2"})

    today = clock.local_day()
    assert result.changes == {"organisation": ["CSW-1", "CSW-2"]}
    assert again[0].outcome == "same"
    assert list(Employment.objects.order_by("id").values_list("organisation", "from_on", "until_on")) == [
        (first.pk, None, today - timedelta(days=1)),
        (second.pk, today, None),
    ]


def test_a_chunk_costs_as_many_statements_for_one_line_as_for_thirty(django_assert_max_num_queries):
    people = [
        LINE
        | {
            "licence_number": f"L-{n}",
            "given_name": f"Arta{chr(97 + n)}",
            "personal_number": "",
            "birth_date": f"{1 + n % 28}.3.1980",
        }
        for n in range(25)
    ]
    run(LINE | {"licence_number": "L-x"})

    with django_assert_max_num_queries(20):
        run(*people)

    assert Licence.objects.count() == 26


def test_a_licence_of_another_body_with_the_same_number_is_another_licence():
    licence = licence_for(PersonFactory(), number="L-1")
    licence.body = IssuingBodyFactory(code="OTHER")
    licence.save()

    (result,) = run(LINE)

    assert result.outcome == "new"
    assert Licence.objects.filter(number="L-1").count() == 2
