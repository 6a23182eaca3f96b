"""What the people of the demo do: they attend, read and pass, as they would have on the days they would have."""

from datetime import date, datetime, time, timedelta

from courses.models import (
    Attempt,
    AttemptItem,
    AttendanceMark,
    EditionAssessment,
    Enrolment,
    LessonProgress,
    QuestionVersion,
    Round,
    Session,
)
from courses.operations import assessing, attending, completing
from lms.kernel import clock
from lms.people.models import Person, User

ROUND = "REF-2026-1"
LAST_SESSION = (ROUND, "G6", "D6", "PM")  # the one the visitor marks
_GROUPS = ("G1", "G2", "G3", "G4", "G5", "G6")
_Value = AttendanceMark.Value
# Who was not simply present: group, person (e-mail name or position among the unnamed), day, half → mark, minutes.
# Thirteen of these miss a day for good: exactly 257 of 270 are due a certificate.
_DEVIATIONS = {
    ("G1", "demo02", "D5", "AM"): (_Value.EXCUSED, 0, 0),  # Shqipe Çerkini: excused, not made up
    ("G1", "demo02", "D5", "PM"): (_Value.EXCUSED, 0, 0),
    ("G1", 0, "D2", "AM"): (_Value.ABSENT, 0, 0),
    ("G1", 0, "D2", "PM"): (_Value.ABSENT, 0, 0),
    ("G1", "demo11", "D6", "AM"): (_Value.ABSENT, 0, 0),  # Arbër Bytyçi-Krasniqi: made up in G2, due
    ("G1", "demo11", "D6", "PM"): (_Value.ABSENT, 0, 0),
    ("G1", 1, "D3", "AM"): (_Value.ABSENT, 0, 0),  # one half-day made up in G2, due
    ("G2", 0, "D4", "PM"): (_Value.ABSENT, 0, 0),  # the morning only
    ("G2", 1, "D3", "AM"): (_Value.LATE, 40, 0),  # too late to count as a half-day
    ("G3", 0, "D4", "AM"): (_Value.ABSENT, 0, 0),  # went to D3 twice instead: six days of marks, five days covered
    ("G3", 0, "D4", "PM"): (_Value.ABSENT, 0, 0),
    ("G3", 1, "D6", "AM"): (_Value.ABSENT, 0, 0),
    ("G3", 1, "D6", "PM"): (_Value.ABSENT, 0, 0),
    ("G4", 0, "D5", "PM"): (_Value.LEFT_EARLY, 0, 60),
    ("G5", 1, "D4", "PM"): None,  # nobody has said anything: not absent, but pending
    **{("G5", 2, day, half): (_Value.ABSENT, 0, 0) for day in ("D5", "D6") for half in ("AM", "PM")},
    ("G6", 0, "D3", "AM"): (_Value.EXCUSED, 0, 0),
    ("G6", 0, "D3", "PM"): (_Value.EXCUSED, 0, 0),
    ("G6", 1, "D1", "AM"): (_Value.LATE, 50, 0),
    ("G6", 2, "D2", "AM"): (_Value.ABSENT, 0, 0),
    ("G6", 2, "D2", "PM"): (_Value.ABSENT, 0, 0),
    **{(group, 5, "D1", "AM"): (_Value.LATE, 10, 0) for group in _GROUPS},  # within tolerance
    **{(group, 8, "D2", "PM"): (_Value.LEFT_EARLY, 0, 10) for group in _GROUPS},
}
# Guests in another group's session: person's group, person, session's group, day, half.
_GUESTS = [
    ("G1", "demo11", "G2", "D6", "AM"),
    ("G1", "demo11", "G2", "D6", "PM"),
    ("G1", 1, "G2", "D3", "AM"),
    ("G3", 0, "G5", "D3", "AM"),
    ("G3", 0, "G5", "D3", "PM"),
    ("G5", 0, "G1", "D3", "AM"),  # at the same hours marked in G5 as well: both held, neither counts
    ("G5", 0, "G1", "D3", "PM"),
]
_PAPER = {("G5", "D3")}  # typed in from the signed sheet after the power came back


def person_named(name: str) -> Person:
    return Person.objects.get(email=f"{name}@example.org")


def noon(day: date) -> datetime:
    return clock.wall_moment(day, time(12), "Europe/Belgrade")


def attend(round_: Round, members: dict[str, list[Person]]) -> None:
    """Every session in the order it took place, with the marks its trainer entered at the end."""
    enrolments = {row.person_id: row for row in Enrolment.objects.filter(group__round=round_)}
    deviations = {
        (group, _who(group, who, members), day, half): mark for (group, who, day, half), mark in _DEVIATIONS.items()
    }
    guests: dict[tuple[str, str, str], list[int]] = {}
    for home, who, group, day, half in _GUESTS:
        guests.setdefault((group, day, half), []).append(_who(home, who, members))
    sessions = Session.objects.filter(group__round=round_).select_related("group__round", "day").order_by("starts_at")
    for session in sessions:
        group, day, half = session.group.code, session.day.code, session.half
        with clock.standing_at(session.ends_at):
            attending.open_roster(session, by=trainer(session))
            if (round_.code, group, day, half) == LAST_SESSION:
                continue
            taps = []
            for enrolment in enrolments.values():
                if enrolment.group_id != session.group_id:
                    continue
                mark = deviations.get((group, enrolment.person_id, day, half), (_Value.PRESENT, 0, 0))
                if mark:
                    taps.append(tap(enrolment, *mark))
            for person in guests.get((group, day, half), []):
                attending.add_to_roster(session, enrolments[person], by=trainer(session))
                taps.append(tap(enrolments[person], _Value.PRESENT, 0, 0))
            paper = (group, day) in _PAPER
            attending.mark_many(
                session,
                taps,
                by=trainer(session),
                source=AttendanceMark.Source.PAPER if paper else AttendanceMark.Source.ROLL_CALL,
            )
    completing.consider_many([enrolment.pk for enrolment in enrolments.values()])


def _who(group: str, who: str | int, members: dict[str, list[Person]]) -> int:
    return members[group][who].pk if isinstance(who, int) else person_named(who).pk


def trainer(session: Session) -> User:
    return session.group.group_trainers.select_related("person__user").first().person.user


def tap(enrolment: Enrolment, value: str, late: int, early: int) -> attending.Tap:
    return attending.Tap(enrolment.pk, value, minutes_late=late, minutes_early=early)


def read_lessons(enrolment: Enrolment, moment: datetime, most: int | None = None) -> None:
    """``enrolment`` has done the first ``most`` lessons of its modules (all when None), one after the other."""
    lessons = [lesson for module in enrolment.edition.modules.all() for lesson in module.lessons.all()]
    LessonProgress.objects.bulk_create(
        [
            LessonProgress(
                enrolment=enrolment,
                lesson_key=lesson.page_key,
                lesson_code=lesson.code,
                opened_at=moment + timedelta(days=number),
                last_seen_at=moment + timedelta(days=number, minutes=lesson.minutes),
                done_at=moment + timedelta(days=number, minutes=lesson.minutes),
            )
            for number, lesson in enumerate(lessons[:most])
        ],
        ignore_conflicts=True,
    )


def pass_assessment(enrolment: Enrolment, assessment: EditionAssessment) -> None:
    """Everything answered rightly, with the first questions of the pool: the same at every loading."""
    now = clock.now()
    pool = QuestionVersion.objects.in_bulk(assessment.pool[: assessment.questions_per_attempt])
    attempt = Attempt.objects.create(
        enrolment=enrolment,
        assessment=assessment,
        number=1,
        started_at=now - timedelta(minutes=20),
        deadline_at=now + timedelta(minutes=10),
        points_possible=len(pool),
    )
    AttemptItem.objects.bulk_create(
        AttemptItem(
            attempt=attempt, slot=slot, version=pool[pk], option_order=[each["key"] for each in pool[pk].options]
        )
        for slot, pk in enumerate(sorted(pool), 1)
    )
    answers = {slot: assessing.Saved(sorted(pool[pk].correct_keys), 1) for slot, pk in enumerate(sorted(pool), 1)}
    assessing.submit(attempt, answers=answers, by=enrolment.person.user)
