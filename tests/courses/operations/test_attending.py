"""The ledger of marks: rows are added, the last one holds, and everybody knows who said what."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from courses.models import AttendanceMark, EnrolmentEvent, RosterEntry
from courses.operations import attending
from courses.operations.attending import Tap
from lms.kernel import clock
from lms.people import roles
from tests.factories import (
    EnrolmentFactory,
    GroupFactory,
    GroupTrainerFactory,
    PersonFactory,
    RoundFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def trainer():
    return PersonFactory(user=UserFactory(roles=[roles.TRAINER]))


@pytest.fixture
def session(trainer):
    group = GroupFactory(code="G1")
    GroupTrainerFactory(group=group, person=trainer)
    return SessionFactory(group=group)


def member(session, **fields):
    fields.setdefault("enrolled_at", session.starts_at - timedelta(days=30))
    return EnrolmentFactory(group=session.group, **fields)


def move_clock(monkeypatch, moment):
    monkeypatch.setattr(clock, "now", lambda: moment)


def values(enrolment):
    return list(AttendanceMark.objects.filter(enrolment=enrolment).order_by("pk").values_list("value", flat=True))


def test_a_correction_is_a_new_row_that_supersedes_the_old_one(session, trainer):
    enrolment = member(session)

    first = attending.mark(session, enrolment, "absent", by=trainer.user)
    second = attending.mark(session, enrolment, "late", minutes_late=10, by=trainer.user)

    assert values(enrolment) == ["absent", "late"]
    assert second.supersedes == first
    assert list(AttendanceMark.objects.current()) == [second]
    assert second.policy_version == "2026-1"


def test_saying_the_same_again_adds_nothing(session, trainer):
    enrolment = member(session)

    first = attending.mark(session, enrolment, "present", by=trainer.user)
    again = attending.mark(session, enrolment, "present", by=trainer.user)

    assert again == first
    assert values(enrolment) == ["present"]


def test_replaying_a_tap_is_a_no_op_even_after_something_newer(session, trainer):
    enrolment, tap = member(session), uuid4()

    attending.mark(session, enrolment, "present", by=trainer.user, client_id=tap)
    attending.mark(session, enrolment, "absent", by=trainer.user, client_id=uuid4())
    (outcome,) = attending.take(session, [Tap(enrolment.pk, "present", client_id=tap)], by=trainer.user)

    assert outcome.status == "replayed"
    assert values(enrolment) == ["present", "absent"]


def test_the_tap_of_another_person_tells_nothing_of_them(session, trainer):
    neighbour, enrolment, tap = member(session), member(session), uuid4()
    attending.mark(session, neighbour, "absent", remark="ill", by=trainer.user, client_id=tap)

    (outcome,) = attending.take(session, [Tap(enrolment.pk, "present", client_id=tap)], by=trainer.user)

    assert (outcome.status, outcome.mark) == ("refused", None)
    assert values(enrolment) == []
    assert values(neighbour) == ["absent"]


def test_undo_says_again_what_was_said_before(session, trainer):
    enrolment = member(session)
    attending.mark(session, enrolment, "late", minutes_late=20, by=trainer.user)
    mistake = attending.mark(session, enrolment, "absent", by=trainer.user)

    restored = attending.undo(mistake, by=trainer.user)

    assert (restored.value, restored.minutes_late, restored.supersedes) == ("late", 20, mistake)


def test_undoing_the_first_mark_leaves_the_person_unmarked(session, trainer):
    enrolment = member(session)
    mark = attending.mark(session, enrolment, "present", by=trainer.user)

    attending.undo(mark, by=trainer.user)

    (line,) = attending.roster_of(session)
    assert (line.value, line.is_marked) == ("unmarked", False)


def test_undo_refuses_a_mark_that_no_longer_holds(session, trainer):
    enrolment = member(session)
    mark = attending.mark(session, enrolment, "present", by=trainer.user)
    attending.mark(session, enrolment, "absent", by=trainer.user)

    with pytest.raises(attending.MarkedMeanwhile):
        attending.undo(mark, by=trainer.user)


def test_the_second_of_two_people_marking_at_once_learns_what_the_first_said(session, trainer):
    enrolment = member(session)
    attending.mark(session, enrolment, "absent", by=trainer.user)

    with pytest.raises(attending.MarkedMeanwhile, match=f"{enrolment.person.full_name} was marked “absent”"):
        attending.mark(session, enrolment, "present", by=UserFactory(roles=[roles.ORGANISER]), seen=0)

    assert values(enrolment) == ["absent"]


def test_two_people_who_say_the_same_do_not_conflict(session, trainer):
    enrolment = member(session)
    attending.mark(session, enrolment, "present", by=trainer.user, seen=0)

    (outcome,) = attending.take(session, [Tap(enrolment.pk, "present", seen=0)], by=trainer.user)

    assert outcome.status == "same"


def test_the_database_refuses_a_second_first_mark(session, trainer):
    enrolment = member(session)
    mark = attending.mark(session, enrolment, "present", by=trainer.user)
    mark.pk, mark.client_id = None, None

    with pytest.raises(IntegrityError), transaction.atomic():
        mark.save(force_insert=True)


def test_nobody_marks_themselves(session, trainer):
    enrolment = member(session, person=trainer)

    with pytest.raises(attending.OwnAttendance):
        attending.mark(session, enrolment, "present", by=trainer.user)


def test_a_trainer_may_be_a_participant_of_another_group(session, trainer):
    other = GroupFactory(round=session.group.round)
    colleague = PersonFactory(user=UserFactory())
    GroupTrainerFactory(group=other, person=colleague)
    there = SessionFactory(group=other, day=session.day)

    mark = attending.mark(there, member(there, person=trainer), "present", by=colleague.user)

    assert mark.value == "present"


def test_only_trainers_of_the_group_and_the_office_mark(session):
    neighbour = PersonFactory(user=UserFactory(roles=[roles.TRAINER]))
    GroupTrainerFactory(group=GroupFactory(round=session.group.round), person=neighbour)
    enrolment = member(session)

    with pytest.raises(attending.NotAllowed):
        attending.mark(session, enrolment, "present", by=neighbour.user)
    for role in (roles.ORGANISER, roles.COUNCIL_OFFICER, roles.ADMINISTRATOR):
        assert attending.may_mark(UserFactory(roles=[role]), session)
    for role in (roles.INSPECTOR, roles.COURSE_AUTHOR, roles.COMMISSION_MEMBER):
        assert not attending.may_mark(UserFactory(roles=[role]), session)


def test_a_cancelled_session_takes_no_marks(session, trainer):
    session.cancelled_at, session.cancelled_by = clock.now(), trainer.user
    session.save()

    with pytest.raises(attending.Cancelled):
        attending.mark(session, member(session), "present", by=trainer.user)


def test_the_roll_call_opens_on_the_day_of_the_venue(trainer):
    group = GroupFactory()
    GroupTrainerFactory(group=group, person=trainer)
    session = SessionFactory(group=group, on=clock.local_day() + timedelta(days=2))

    with pytest.raises(attending.Ahead, match="opens that morning"):
        attending.mark(session, member(session), "present", by=trainer.user)


def test_a_person_of_another_programme_is_refused(session, trainer):
    with pytest.raises(attending.NotOnThisCourse):
        attending.mark(session, EnrolmentFactory(), "present", by=trainer.user)


def test_after_seventy_two_hours_a_change_needs_a_reason(session, trainer, monkeypatch):
    enrolment = member(session)
    attending.mark(session, enrolment, "absent", by=trainer.user)
    move_clock(monkeypatch, session.ends_at + timedelta(hours=72, seconds=1))

    with pytest.raises(attending.ReasonNeeded, match="72 hours"):
        attending.mark(session, enrolment, "present", by=trainer.user)
    amended = attending.mark(session, enrolment, "present", by=trainer.user, reason="Wrong line on the sheet")

    assert (amended.source, amended.reason) == ("amendment", "Wrong line on the sheet")


def test_up_to_seventy_two_hours_a_change_is_free(session, trainer, monkeypatch):
    enrolment = member(session)
    move_clock(monkeypatch, session.ends_at + timedelta(hours=72))

    assert attending.mark(session, enrolment, "present", by=trainer.user).source == "roll_call"


def test_who_enrolled_after_the_session_is_marked_with_a_reason(session, trainer, monkeypatch):
    move_clock(monkeypatch, session.ends_at + timedelta(hours=2))
    enrolment = member(session, enrolled_at=session.ends_at + timedelta(hours=1))

    with pytest.raises(attending.ReasonNeeded, match="enrolled after"):
        attending.mark(session, enrolment, "present", by=trainer.user)
    assert attending.mark(session, enrolment, "present", by=trainer.user, reason="Was there").value == "present"


def test_marking_many_says_all_or_nothing(session, trainer):
    good, own = member(session), member(session, person=trainer)

    with pytest.raises(attending.OwnAttendance):
        attending.mark_many(session, [Tap(good.pk, "present"), Tap(own.pk, "present")], by=trainer.user)

    assert not AttendanceMark.objects.exists()


def test_taking_a_queue_says_what_can_be_said(session, trainer):
    good, own = member(session), member(session, person=trainer)

    outcomes = attending.take(session, [Tap(good.pk, "present"), Tap(own.pk, "present")], by=trainer.user)

    assert [outcome.status for outcome in outcomes] == ["saved", "refused"]


def test_the_same_person_twice_in_one_queue_keeps_both_taps_in_order(session, trainer):
    enrolment = member(session)

    attending.take(
        session,
        [Tap(enrolment.pk, "present", client_id=uuid4()), Tap(enrolment.pk, "absent", client_id=uuid4())],
        by=trainer.user,
    )

    assert values(enrolment) == ["present", "absent"]
    assert AttendanceMark.objects.current().get().value == "absent"


def test_a_queue_does_not_conflict_with_its_own_earlier_taps(session, trainer):
    """The answer to the first sending was lost, so both taps still say what the phone saw before them."""
    enrolment, first = member(session), uuid4()
    lost = [Tap(enrolment.pk, "present", client_id=first, seen=0)]
    attending.take(session, lost, by=trainer.user)

    again = [
        *lost,
        Tap(enrolment.pk, "late", client_id=uuid4(), seen=0),
        Tap(enrolment.pk, "absent", client_id=uuid4(), seen=0),
    ]
    outcomes = attending.take(session, again, by=trainer.user)

    assert [outcome.status for outcome in outcomes] == ["replayed", "saved", "saved"]
    assert values(enrolment) == ["present", "late", "absent"]


def test_marking_257_people_takes_a_dozen_statements(session, trainer, django_assert_max_num_queries):
    taps = [Tap(member(session).pk, "present", client_id=uuid4()) for _number in range(257)]
    attending.open_roster(session, by=trainer.user)

    with django_assert_max_num_queries(17):  # SQLite takes 257 rows in several portions, PostgreSQL in one
        attending.mark_many(session, taps, by=trainer.user)

    assert AttendanceMark.objects.count() == 257


# --- The sheet -------------------------------------------------------------------------------------


def test_the_sheet_is_in_albanian_order_and_tells_namesakes_apart(session):
    for given, surname, father in [
        ("Vjosa", "Gashi", "Ramë"),
        ("Ana", "Dhima", ""),
        ("Ana", "Dushi", ""),
        ("Vjosa", "Gashi", "Agim"),
        ("Љубиша", "Џамбић", ""),
    ]:
        member(session, person=PersonFactory(given_name=given, surname=surname, father_name=father))

    assert [line.name for line in attending.roster_of(session)] == [
        "Dushi Ana",
        "Dhima Ana",
        "Gashi Vjosa (Agim)",
        "Gashi Vjosa (Ramë)",
        "Џамбић Љубиша",
    ]


def test_opening_freezes_the_sheet_and_may_be_repeated(session, trainer):
    member(session)

    attending.open_roster(session, by=trainer.user)
    opened_at = session.roster_opened_at
    attending.open_roster(session, by=UserFactory())

    session.refresh_from_db()
    assert (session.roster_opened_at, session.roster_opened_by) == (opened_at, trainer.user)
    assert RosterEntry.objects.count() == 1


def test_who_leaves_stays_on_the_sheet_with_a_flag(session, trainer):
    moved, gone = member(session), member(session)
    attending.open_roster(session, by=trainer.user)
    other = GroupFactory(round=session.group.round, code="G2")
    moved.group = other
    moved.save()
    gone.ended_at = clock.now()
    gone.save()

    lines = {line.enrolment_id: line for line in attending.roster_of(session)}

    assert (lines[moved.pk].flag, str(lines[moved.pk].flag_label)) == ("moved", "moved to G2 since")
    assert lines[gone.pk].flag == "ended"


def test_who_enrols_during_the_session_appears_at_once(session, trainer):
    attending.open_roster(session, by=trainer.user)

    late = member(session, enrolled_at=session.ends_at - timedelta(minutes=30))

    assert [(line.enrolment_id, line.flag) for line in attending.roster_of(session)] == [(late.pk, "joined")]


def test_who_joins_the_group_later_does_not_change_past_sheets(session, trainer):
    attending.open_roster(session, by=trainer.user)
    other = GroupFactory(round=session.group.round)
    incomer = EnrolmentFactory(group=other, enrolled_at=session.starts_at - timedelta(days=30))
    incomer.group = session.group
    incomer.save()
    EnrolmentEvent.objects.create(
        enrolment=incomer, kind="moved", group=session.group, at=session.ends_at + timedelta(days=1)
    )

    assert attending.roster_of(session) == []


def test_a_guest_of_another_group_is_found_by_any_spelling_and_added(session, trainer):
    other = GroupFactory(round=session.group.round, code="G2")
    guest = EnrolmentFactory(group=other, person=PersonFactory(given_name="Živka", surname="Đukić Mitić"))

    found = list(attending.guests_matching(session, "ђукић zivka"))
    attending.add_to_roster(session, guest, by=trainer.user)

    assert found == [guest]
    assert list(attending.guests_matching(session, "dukic")) == []
    (line,) = attending.roster_of(session)
    assert (line.flag, str(line.flag_label)) == ("guest", "guest from G2")


def test_the_sheet_takes_the_same_statements_for_one_and_for_many(session, django_assert_num_queries):
    member(session)
    with django_assert_num_queries(3):
        attending.roster_of(session)

    member(session), member(session)
    with django_assert_num_queries(3):
        attending.roster_of(session)


def test_the_round_of_another_year_does_not_lend_its_people(session):
    EnrolmentFactory(group=GroupFactory(round=RoundFactory()), person=PersonFactory(surname="Krasniqi"))

    assert list(attending.guests_matching(session, "krasniqi")) == []


def test_the_moment_is_utc_and_the_day_is_the_venues(session):
    session.on = datetime(2027, 3, 28, tzinfo=UTC).date()
    session.save()

    assert session.starts_at == datetime(2027, 3, 28, 7, tzinfo=UTC)
