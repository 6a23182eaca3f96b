"""Marks from a file: every fault with its line, all or nothing, and the second run changes nothing."""

import io
from datetime import timedelta

import pytest

from courses.models import AttendanceMark, Completion
from courses.operations import attending
from courses.operations.importing import ImportRefused, import_attendance
from lms.kernel import clock
from lms.kernel.spreadsheets import write_xlsx
from lms.people.models import NameForm
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    RoundFactory,
    UserFactory,
    sessions_of,
)

pytestmark = pytest.mark.django_db
HEADER = "session,licence_number,person,given_name,surname,mark,arrived,left,remark"


@pytest.fixture
def group():
    return GroupFactory(round=RoundFactory(code="REF-2026-1", edition=EditionFactory(days=2)), code="G3")


@pytest.fixture
def sessions(group):
    return sessions_of(group, clock.local_day() - timedelta(days=3))


@pytest.fixture
def people(group, sessions):
    names = [("P-1", "Arta", "Gashi"), ("P-2", "Živka", "Đukić"), ("P-3", "Besë", "Shyti")]
    return [
        EnrolmentFactory(group=group, person=PersonFactory(reference=ref, given_name=given, surname=surname))
        for ref, given, surname in names
    ]


def load(*lines, by=None, dry_run=False, header=HEADER):
    text = "\n".join([header, *lines]) + "\n"
    return import_attendance(io.BytesIO(text.encode()), "marks.csv", by=by, dry_run=dry_run)


def faults(*lines, **options):
    with pytest.raises(ImportRefused) as refused:
        load(*lines, **options)
    assert not AttendanceMark.objects.filter(source="import").exists()
    return [(problem.line, problem.message) for problem in refused.value.problems]


def test_marks_are_written_with_the_minutes_of_the_venue(people):
    by = UserFactory()

    result = load(
        "REF-2026-1/G3/D1/AM,,P-1,Arta,Gashi,present,,,",
        "REF-2026-1/G3/D1/AM,,P-2,,,late,09:12,,bus",
        "REF-2026-1/G3/D1/PM,,P-3,,,left_early,,15:30:30,",
        by=by,
    )

    assert (result.new, result.changed, result.same) == (3, 0, 0)
    rows = AttendanceMark.objects.order_by("pk").values_list(
        "value", "minutes_late", "minutes_early", "remark", "source", "recorded_by"
    )
    assert list(rows) == [
        ("present", 0, 0, "", "import", by.pk),
        ("late", 12, 0, "bus", "import", by.pk),
        ("left_early", 0, 30, "", "import", by.pk),
    ]


def test_the_second_run_of_the_same_file_writes_nothing(people):
    lines = ["REF-2026-1/G3/D1/AM,,P-1,,,late,09:12,,bus", "REF-2026-1/G3/D1/AM,,P-2,,,excused,,,"]
    load(*lines)

    again = load(*lines)

    assert (again.new, again.changed, again.same) == (0, 0, 2)
    assert AttendanceMark.objects.count() == 2


def test_a_changed_mark_supersedes_the_old_one_for_the_reason_import(people, sessions):
    old = attending.mark(sessions[0], people[0], "absent", by=None)

    result = load("REF-2026-1/G3/D1/AM,,P-1,,,present,,,")

    assert (result.new, result.changed) == (0, 1)
    new = AttendanceMark.objects.current().get()
    assert (new.supersedes, new.value, new.reason) == (old, "present", "import")
    assert [(change.before, change.value) for change in result.changes] == [("absent", "present")]


def test_silence_about_minutes_and_remark_keeps_what_was_known(people, sessions):
    attending.mark(sessions[0], people[0], "late", minutes_late=10, remark="bus", by=None)

    assert load("REF-2026-1/G3/D1/AM,,P-1,,,late,,,").same == 1


def test_a_file_completes_through_the_queue_with_one_task(group, sessions, people, run_queue):
    lines = [
        f"REF-2026-1/G3/{day}/{half},,P-{number},,,present,,,"
        for day in ("D1", "D2")
        for half in ("AM", "PM")
        for number in (1, 2)
    ]
    load(*lines, dry_run=True)
    assert run_queue() == []

    load(*lines)

    assert [task.func for task in run_queue()] == ["courses.tasks.consider"]
    assert Completion.objects.count() == 2
    load(*lines)
    assert run_queue() == []


def test_a_dry_run_says_what_would_happen_and_writes_nothing(people):
    result = load("REF-2026-1/G3/D1/AM,,P-1,,,present,,,", dry_run=True)

    assert (result.new, result.written) == (1, False)
    assert not AttendanceMark.objects.exists()


def test_every_fault_is_named_with_its_line_and_nothing_is_written(people):
    PersonFactory(reference="P-9", given_name="Guest", surname="Elsewhere")

    found = faults(
        "REF-2026-1/G3/D1/AM,,P-1,,,present,,,",
        "REF-2026-1/G3/D9/AM,,P-1,,,present,,,",
        "REF-2026-1/G3/D1/PM,,P-1,,,here,,,",
        "REF-2026-1/G3/D1/PM,,P-8,,,present,,,",
        "REF-2026-1/G3/D1/PM,,P-9,,,present,,,",
        "REF-2026-1/G3/D1/PM,,,,,present,,,",
        "REF-2026-1/G3/D1/AM,,P-1,,,absent,,,",
        "REF-2026-1/G3/D1/PM,,P-2,Ana,Gashi,present,,,",
        "REF-2026-1/G3/D1/PM,,P-3,,,late,9.15,,",
        "REF-2026-1/G3/D2/AM,,P-3,,,absent,09:15,,",
        "REF-2026-1/G3/D2/PM,LIC-1,,,,present,,,",
    )

    assert found == [
        (3, "there is no session REF-2026-1/G3/D9/AM; write it such as REF-2026-1/G3/D4/AM"),
        (4, "“here” is not a mark; write one of present, late, left_early, absent, excused"),
        (5, "there is no person P-8"),
        (6, "Guest Elsewhere is not enrolled in the programme of REF-2026-1/G3/D1/PM"),
        (7, "who is it? Give a licence number or a person reference"),
        (8, "Arta Gashi stands in line 2 already for REF-2026-1/G3/D1/AM"),
        (9, "the file says “Ana Gashi”, but P-2 is “Živka Đukić”"),
        (10, "arrived is “9.15”; write the time at the venue as HH:MM, such as 09:12"),
        (11, "somebody who is “absent” has neither arrived nor left"),
        (12, "no licence has the number LIC-1"),
    ]


def test_names_are_compared_without_marks_and_in_either_script(people):
    NameForm.objects.create(person=people[0].person, language="sr", given_name="Арта", surname="Гаши")

    result = load(
        "REF-2026-1/G3/D1/AM,,P-1,Арта,Гаши,present,,,",
        "REF-2026-1/G3/D1/AM,,P-2,zivka,DUKIC,present,,,",
    )

    assert result.new == 2


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ("16:30,", "arrived at 16:30, but the session ended at 12:00"),
        (",08:30", "left at 08:30, but arrived or began at 09:00"),
        ("10:00,09:30", "left at 09:30, but arrived or began at 10:00"),
    ],
)
def test_times_that_cannot_be_are_refused(people, times, message):
    assert faults(f"REF-2026-1/G3/D1/AM,,P-1,,,late,{times},") == [(2, message)]


def test_a_cancelled_and_a_coming_session_are_refused(people, sessions, group):
    sessions[0].cancelled_at, sessions[0].cancelled_by = clock.now(), UserFactory()
    sessions[0].save()
    sessions[3].on = clock.local_day() + timedelta(days=4)
    sessions[3].save()

    found = faults("REF-2026-1/G3/D1/AM,,P-1,,,present,,,", "REF-2026-1/G3/D2/PM,,P-1,,,present,,,")

    assert [line for line, _message in found] == [2, 3]
    assert "was cancelled" in found[0][1]
    assert "still ahead" in found[1][1]


def test_nobody_imports_their_own_marks(people):
    person = people[0].person
    person.user = UserFactory()
    person.save()

    assert faults("REF-2026-1/G3/D1/AM,,P-1,,,present,,,", by=person.user) == [
        (2, "nobody marks themselves; let somebody else import the lines of Arta Gashi")
    ]


def test_a_wrong_header_and_an_empty_file_are_refused(people):
    assert faults("x", header="session,who")[0][0] == 1
    assert faults() == [(0, "The file marks.csv has a header but no lines.")]


def test_a_workbook_says_the_same_as_text(people):
    workbook = write_xlsx(
        HEADER.split(","), [["REF-2026-1/G3/D1/AM", "", "P-1", "Arta", "Gashi", "late", "09:12", "", ""]]
    )

    result = import_attendance(io.BytesIO(workbook), "marks.xlsx", by=None)

    assert (result.new, AttendanceMark.objects.get().minutes_late) == (1, 12)


def test_the_number_of_statements_does_not_grow_with_the_lines(people, django_assert_max_num_queries):
    lines = [
        f"REF-2026-1/G3/{day}/{half},,{ref},,,present,,,"
        for day in ("D1", "D2")
        for half in ("AM", "PM")
        for ref in ("P-1", "P-2", "P-3")
    ]

    with django_assert_max_num_queries(11):
        assert load(*lines).new == 12
