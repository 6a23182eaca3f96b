"""Completion is judged like an independent clerk would judge it, and its moment never depends on when one asks."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from courses.rules.accreditation import Claim
from courses.rules.completion import (
    AssessmentProgress,
    Ground,
    Kind,
    Met,
    Missing,
    ModuleProgress,
    Verdict,
    Waived,
    Who,
    check_accreditation,
    judge,
    no_longer_holding,
    settle,
)
from courses.rules.coverage import HalfMark, cover
from courses.rules.punctuality import Presence, weigh

START = datetime(2026, 5, 4, 7, tzinfo=UTC)
DAYS = ("D1", "D2", "D3", "D4", "D5", "D6")


def half(day, part="AM", presence=Presence.COUNTABLE, *, session_id=None, offset_days=None, is_ahead=False):
    number = int(day[1:])
    starts_at = START + timedelta(days=number if offset_days is None else offset_days, hours=0 if part == "AM" else 4)
    return HalfMark(
        day_code=day,
        half=part,
        presence=presence,
        session_id=session_id or number * 10 + (part == "PM"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        is_ahead=is_ahead,
    )


def whole(day, **changes):
    return [half(day, "AM", **changes), half(day, "PM", **changes)]


def judged(days=(), modules=(), assessments=(), *, marks=(), lessons=None, tests=None, waivers=None):
    return judge(
        {"days": list(days), "modules": list(modules), "assessments": list(assessments)},
        coverage=cover(days, marks),
        modules=lessons or {},
        assessments=tests or {},
        waivers=waivers,
    )


def test_six_covered_days_are_complete_since_the_last_afternoon():
    marks = [mark for day in DAYS for mark in whole(day)]

    verdict = judged(DAYS, marks=marks)

    assert verdict.is_complete
    assert verdict.completed_at == START + timedelta(days=6, hours=7)


def test_six_marks_are_not_six_days():
    marks = [mark for day in ("D1", "D2", "D3", "D5", "D6") for mark in whole(day)]
    marks += [half("D3", part, session_id=90 + n, offset_days=20) for n, part in enumerate(("AM", "PM"))]

    verdict = judged(DAYS, marks=marks)

    assert [(gap.kind, gap.code, gap.status) for gap in verdict.missing] == [("day", "D4", "unplanned")]
    assert verdict.completed_at is None


def test_a_morning_without_its_afternoon_is_a_part_only():
    marks = [half("D1"), half("D1", "PM", Presence.ABSENT)]

    (gap,) = judged(["D1"], marks=marks).missing

    assert (gap.status, gap.who) == ("partial", Who.ORGANISER)
    assert gap.detail["halves"] == [{"half": "PM", "state": "absent", "sessions": [11]}]


def test_what_nobody_marked_waits_for_the_trainer():
    marks = [half("D1"), half("D1", "PM", Presence.UNMARKED)]

    (gap,) = judged(["D1"], marks=marks).missing

    assert (gap.reason, gap.who) == ("day_pending", Who.TRAINER)


def test_a_rule_that_asks_for_nothing_is_met_by_nobody():
    verdict = judged()

    assert not verdict.is_complete
    assert verdict.missing == (Missing("rule", "", "empty", Who.COUNCIL),)


def test_a_module_without_lessons_cannot_be_completed():
    verdict = judged(modules=["M1"], lessons={"M1": ModuleProgress(lessons=0, done=0)})

    assert [gap.reason for gap in verdict.missing] == ["module_without_lessons"]


def test_all_parts_are_asked_for_and_the_last_one_dates_the_completion():
    verdict = judged(
        ["D1"],
        ["M1"],
        ["A1"],
        marks=whole("D1"),
        lessons={"M1": ModuleProgress(2, 2, START + timedelta(days=9), (1, 2))},
        tests={"A1": AssessmentProgress(3, 2, passed_at=START + timedelta(days=4), ids=(7,))},
    )

    assert verdict.completed_at == START + timedelta(days=9)
    assert [(met.kind, met.code) for met in verdict.evidence] == [("day", "D1"), ("module", "M1"), ("assessment", "A1")]


def test_who_can_help_with_an_assessment_depends_on_the_attempts():
    def gap(**progress):
        (found,) = judged(assessments=["A1"], tests={"A1": AssessmentProgress(2, **progress)}).missing
        return found.status, found.who

    assert gap() == ("not_started", Who.LEARNER)
    assert gap(attempts_used=1) == ("not_passed", Who.LEARNER)
    assert gap(attempts_used=1, is_open=True) == ("in_progress", Who.LEARNER)
    assert gap(attempts_used=2) == ("no_attempts_left", Who.ORGANISER)


def test_a_waiver_counts_from_the_moment_it_was_granted():
    verdict = judged(["D1"], waivers={("day", "D1"): START})

    assert verdict.evidence == (Met("day", "D1", START, is_waived=True),)


def test_a_later_waiver_does_not_move_what_was_met_before():
    verdict = judged(["D1"], marks=whole("D1"), waivers={("day", "D1"): START + timedelta(days=300)})

    assert verdict.completed_at == START + timedelta(days=1, hours=7)


def test_recorded_evidence_is_lost_only_when_its_own_rows_no_longer_hold():
    recorded = [Met("day", "D1", START, sessions=(10, 11)), Met("assessment", "A1", START, ids=(5,))]
    bearing = {"modules": {}, "waivers": {}, "assessments": {"A1": AssessmentProgress(3, 1, ids=(5, 6))}}

    assert no_longer_holding(recorded, countable_sessions=frozenset({10, 11, 12}), **bearing) == ()
    assert no_longer_holding(recorded, countable_sessions=frozenset({10, 12}), **bearing) == (recorded[0],)


# --- Against an independent clerk -------------------------------------------------------------------

VALUES = ("unmarked", "present", "late", "left_early", "absent", "excused")


@st.composite
def histories(draw):
    """Sessions of two groups for three days, some cancelled, and for each an append-only list of marks."""
    sessions, ledger = [], []
    number = 0
    for group in range(2):
        for day in range(1, 4):
            for part in ("AM", "PM"):
                number += 1
                starts_at = START + timedelta(
                    days=day + draw(st.sampled_from([0, 0, 10])) * group, hours=4 * (part == "PM")
                )
                sessions.append(
                    {
                        "id": number,
                        "day": f"D{day}",
                        "half": part,
                        "starts_at": starts_at,
                        "ends_at": starts_at + timedelta(hours=3),
                        "cancelled": draw(st.sampled_from([False] * 5 + [True])),
                    }
                )
                for _amendment in range(draw(st.sampled_from([0, 1, 1, 1, 2]))):
                    ledger.append(
                        {
                            "session": number,
                            "value": draw(st.sampled_from(["present"] * 6 + list(VALUES))),
                            "late": draw(st.sampled_from([0, 5, 15, 16, 45, 46])),
                        }
                    )
    return sessions, ledger


def clerk(sessions, ledger, required):
    """Brute force, without any of our own rules: looks at every pair of half-days. Returns the moment or None."""
    current = {}
    for mark in ledger:
        current[mark["session"]] = mark

    def minutes(mark):
        return mark["late"] if mark["value"] in ("late", "left_early") else 0

    there = [
        session
        for session in sessions
        if not session["cancelled"]
        and session["id"] in current
        and current[session["id"]]["value"] in ("present", "late", "left_early")
        and minutes(current[session["id"]]) <= 45
    ]
    alone = [
        one
        for one in there
        if not any(
            one is not other and one["starts_at"] < other["ends_at"] and other["starts_at"] < one["ends_at"]
            for other in there
        )
    ]
    good = [session for session in alone if minutes(current[session["id"]]) <= 15]
    moments = []
    for day in required:
        pairs = [
            max(am["ends_at"], pm["ends_at"])
            for am in good
            for pm in good
            if am["day"] == pm["day"] == day and am["half"] == "AM" and pm["half"] == "PM"
        ]
        if not pairs:
            return None
        moments.append(min(pairs))
    return max(moments)


def half_marks(sessions, ledger):
    current = {}
    for mark in ledger:
        current[mark["session"]] = mark
    for session in sessions:
        if session["cancelled"]:
            continue
        mark = current.get(session["id"], {"value": "unmarked", "late": 0})
        late = mark["late"] if mark["value"] in ("late", "left_early") else 0
        yield HalfMark(
            session["day"],
            session["half"],
            weigh(mark["value"], late, 0),
            session["id"],
            session["starts_at"],
            session["ends_at"],
        )


@settings(max_examples=500)
@given(histories(), st.sets(st.sampled_from(["D1", "D2", "D3"]), min_size=1))
def test_the_verdict_agrees_with_an_independent_clerk(history, required):
    sessions, ledger = history
    required = sorted(required)

    verdict = judged(required, marks=list(half_marks(sessions, ledger)))

    assert verdict.completed_at == clerk(sessions, ledger, required)
    assert verdict.is_complete == (verdict.completed_at is not None)
    assert {met.code for met in verdict.evidence} | {gap.code for gap in verdict.missing} == set(required)


# --- Accreditation on the day ----------------------------------------------------------------------

LAST_DAY = date(2026, 5, 31)
CLAIM = Claim("accredited", "NQA", "5", date(2023, 6, 1), LAST_DAY)
READ = Met(Kind.MODULE, "M5", datetime(2026, 5, 20, 10, tzinfo=UTC))


def passed_on(day):
    return Met(Kind.ASSESSMENT, "M5", datetime(day.year, day.month, day.day, 10, tzinfo=UTC))


def checked(passed, *claims, waivers=None):
    days = ((READ.at.date(), READ), (passed.at.date(), passed))
    return check_accreditation(Verdict((READ, passed), ()), [Ground("M5", (CLAIM, *claims), days)], waivers or {})


def test_an_accreditation_that_held_on_every_day_is_evidence_and_moves_nothing():
    passed = passed_on(LAST_DAY)

    verdict = checked(passed)

    assert verdict.evidence[2] == Met(Kind.ACCREDITATION, "M5", passed.at, claim=CLAIM)
    assert verdict.completed_at == passed.at
    assert verdict.last_met == passed


def test_an_accreditation_that_ran_out_before_the_assessment_is_named_for_the_council():
    verdict = checked(passed_on(date(2026, 6, 3)))

    (gap,) = verdict.missing
    assert (gap.reason, gap.code, gap.who) == ("accreditation_expired", "M5", Who.COUNCIL)
    assert (gap.detail["on"], gap.detail["code"], gap.detail["last_day"]) == (date(2026, 6, 3), "M5", LAST_DAY)
    assert verdict.completed_at is None


def test_a_renewal_covers_the_days_from_its_first_and_not_those_before():
    renewal = Claim("accredited", "NQA", "5/2", date(2026, 6, 3), date(2029, 6, 2))

    assert checked(passed_on(date(2026, 6, 3)), renewal).evidence[2].claim == renewal
    assert [gap.reason for gap in checked(passed_on(date(2026, 6, 2)), renewal).missing] == ["accreditation_expired"]


def test_what_was_submitted_later_covers_no_day():
    submitted = Claim("submitted", "NQA", "", date(2026, 6, 1), None)

    assert not checked(passed_on(date(2026, 6, 3)), submitted).is_complete


def test_a_day_before_the_accreditation_began_is_named_too():
    passed = passed_on(LAST_DAY)
    early = Claim("accredited", "NQA", "5", date(2026, 5, 21), LAST_DAY)

    verdict = check_accreditation(
        Verdict((READ, passed), ()),
        [Ground("M5", (early,), ((READ.at.date(), READ), (passed.at.date(), passed)))],
        {},
    )

    assert [(gap.reason, gap.detail["on"]) for gap in verdict.missing] == [("accreditation_coming", date(2026, 5, 20))]


def test_a_decision_of_the_council_closes_the_gap_from_the_moment_of_the_decision():
    decided_at = datetime(2026, 7, 1, 9, tzinfo=UTC)

    verdict = checked(passed_on(date(2026, 6, 3)), waivers={("accreditation", "M5"): decided_at})

    assert verdict.evidence[2] == Met(Kind.ACCREDITATION, "M5", decided_at, is_waived=True)
    assert verdict.completed_at == decided_at


def test_an_accreditation_under_which_nothing_is_met_yet_says_nothing():
    verdict = check_accreditation(Verdict((), ()), [Ground("M5", (CLAIM,), ())], {})

    assert verdict == Verdict((), ())


# --- Waivers that end ----------------------------------------------------------------------------------


def settled(until, *, today, attended_on=2):
    """The verdict on D1, attended ``attended_on`` days after the start, and D2, waived on the start until that day."""
    return settle(
        {("day", "D2"): Waived(START, until)},
        lambda waivers: judged(["D1", "D2"], marks=whole("D1", offset_days=attended_on), waivers=waivers),
        today=today,
        day_of=lambda moment: moment.date(),
    )


def test_who_completed_by_the_last_day_of_a_waiver_has_completed_whenever_one_asks():
    last = (START + timedelta(days=2)).date()

    for later in (0, 1, 400):
        assert settled(last, today=last + timedelta(days=later)).completed_at == START + timedelta(days=2, hours=7)


def test_who_met_the_rest_after_the_last_day_has_not():
    verdict = settled((START + timedelta(days=1)).date(), today=(START + timedelta(days=9)).date())

    assert [(gap.kind, gap.code) for gap in verdict.missing] == [("day", "D2")]


def test_a_waiver_without_a_last_day_never_ends():
    assert settled(None, today=date(2090, 1, 1)).is_complete
