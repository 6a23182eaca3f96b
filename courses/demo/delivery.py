"""The demo's rounds: the refresher programme as it happened up to yesterday, and what is coming up.

The past happens through the ordinary operations with the clock set back, so that nothing here knows more than a
trainer could have entered. Group G6 of REF-2026-1 keeps its last half-day unmarked for the visitor.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from courses.demo.catalogue import key_of, read
from courses.models import (
    Attempt,
    AttemptItem,
    AttendanceMark,
    EditionAssessment,
    Enrolment,
    Group,
    GroupTrainer,
    LessonProgress,
    ModulePage,
    ProgrammePage,
    QuestionVersion,
    Round,
    Session,
    Venue,
)
from courses.operations import assessing, attending, completing, enrolling, publishing, scheduling, waiving
from courses.rules.completion import Kind
from lms.kernel import clock
from lms.people.models import Municipality, Person, User

ROUND = "REF-2026-1"
EARLIER_ROUND = "MQS-2025-1"
ONLINE_ROUND = "ACC-2026-1"
LAST_SESSION = (ROUND, "G6", "D6", "PM")  # the one the visitor marks
_MORNING, _AFTERNOON = (time(9), time(12)), (time(13), time(16))
_ENROLLED_DAYS_BEFORE = 30
_TRAINERS = {"G1": "demo19", "G2": "demo21", "G3": "demo21", "G4": "demo19", "G5": "demo21", "G6": "demo20"}
# Named persons of each group; the rest are the first licence holders of the register who are not named.
_NAMED = {
    "G1": ["demo01", "demo02", "demo06", "demo07", "demo08", "demo11", "demo12"],
    "G2": ["demo05", "demo09", "demo10", "demo19"],
    "G3": [],
    "G4": ["demo13"],
    "G5": [],
    "G6": ["demo03", "demo04"],
}
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
    **{(group, 5, "D1", "AM"): (_Value.LATE, 10, 0) for group in _NAMED},  # within tolerance
    **{(group, 8, "D2", "PM"): (_Value.LEFT_EARLY, 0, 10) for group in _NAMED},
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
# The accreditation of SW-M5 ran out between this person's enrolment and assessment: who, and how many days ago what was.
_LAPSED = "demo18"
_LAPSED_DAYS_AGO = {"enrolled": 90, "first lesson": 85, "first assessment": 70, "SW-M5": 50}
_PAPER = {("G5", "D3")}  # typed in from the signed sheet after the power came back


def load() -> None:
    """Everything delivered so far and everything planned. What exists already is left alone."""
    if not Round.objects.filter(code=ONLINE_ROUND).exists():
        _load_lapsed_accreditation()
    editions = {
        page.code: publishing.cut_edition(page)
        for page in ProgrammePage.objects.live().filter(
            locale__language_code="sq", translation_key__in=_programme_keys()
        )
    }
    if not Round.objects.filter(code=EARLIER_ROUND).exists():
        _load_earlier(editions["MQS"])
    if not Round.objects.filter(code=ROUND).exists():
        _load_refresher(editions["REF"])
    if not Round.objects.filter(code="REF-2027-1").exists():
        _load_coming(editions)
    _load_learner(editions["ACC"])
    _propose_waiver()


def finish() -> int:
    """Mark the last half-day of G6 as a visitor would: everybody who is not marked yet was present. Counts them."""
    round_code, group_code, day, half = LAST_SESSION
    session = Session.objects.select_related("group__round", "day").get(
        group__round__code=round_code, group__code=group_code, day__code=day, half=half
    )
    enrolments = Enrolment.objects.active().filter(group=session.group)
    marked = set(session.marks.current().exclude(value=_Value.UNMARKED).values_list("enrolment_id", flat=True))
    taps = [attending.Tap(enrolment.pk, _Value.PRESENT) for enrolment in enrolments if enrolment.pk not in marked]
    if taps:
        attending.mark_many(session, taps, by=None)
    completing.consider_many(enrolments.values_list("pk", flat=True))
    return len(taps)


def _programme_keys():
    return [key_of(f"programme-{programme['code']}") for programme in read("programmes.yaml")]


def _user(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


def _person(name: str) -> Person:
    return Person.objects.get(email=f"{name}@example.org")


def _venue(key: str, zone: str = "Europe/Belgrade") -> Venue:
    place = Municipality.objects.get(key=key)
    venue, _created = Venue.objects.get_or_create(
        municipality=place,
        name=f"Qendra e trajnimeve – {place.names['sq']}",
        defaults={"address": "Sheshi i demonstrimit 1 (demo)", "zone": zone, "is_demo": True},
    )
    return venue


def _group(round_: Round, code: str, key: str, capacity: int, trainer: str) -> Group:
    group = Group.objects.create(
        round=round_, code=code, municipality=Municipality.objects.get(key=key), capacity=capacity
    )
    GroupTrainer.objects.create(group=group, person=_person(trainer))
    return group


def _plan(group: Group, days: Iterable, dates: Iterable[date], venue: Venue) -> None:
    for day, on in zip(days, dates, strict=True):
        scheduling.plan_workshop(group, day, on, venue, am=_MORNING, pm=_AFTERNOON, by=None)


def _load_refresher(edition) -> None:
    facts = read("delivery.yaml")["delivery"]
    last = max(
        workshop["start_day_offset"] + workshop["days"] - 1 for row in facts["groups"] for workshop in row["workshops"]
    )
    first_day = clock.local_day() - timedelta(days=1 + last)  # so that the last training day of all was yesterday
    unnamed = iter(Person.objects.filter(email__startswith="worker", email__endswith="@example.org").order_by("email"))
    members: dict[str, list[Person]] = {}
    with clock.standing_at(_noon(first_day - timedelta(days=_ENROLLED_DAYS_BEFORE))):
        round_ = Round.objects.create(code=ROUND, edition=edition, enrolment_closes_on=first_day - timedelta(days=7))
        for row in facts["groups"]:
            key = f"XK-{row['municipality_code']}"
            group = _group(round_, row["code"], key, row["enrolled"] + 2, _TRAINERS[row["code"]])
            offsets = [
                workshop["start_day_offset"] + number
                for workshop in row["workshops"]
                for number in range(workshop["days"])
            ]
            _plan(group, edition.days.all(), [first_day + timedelta(days=offset) for offset in offsets], _venue(key))
            named = [_person(name) for name in _NAMED[row["code"]]]
            others = [next(unnamed) for _number in range(row["enrolled"] - len(named))]
            members[row["code"]] = others
            newcomers = [enrolling.Newcomer(person, group) for person in (*named, *others)]
            enrolling.enrol_many(newcomers, edition, by=_user("demo27"))
    _attend(round_, members)


def _noon(day: date) -> datetime:
    return clock.wall_moment(day, time(12), "Europe/Belgrade")


def _attend(round_: Round, members: dict[str, list[Person]]) -> None:
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
            attending.open_roster(session, by=_trainer(session))
            if (round_.code, group, day, half) == LAST_SESSION:
                continue
            taps = []
            for enrolment in enrolments.values():
                if enrolment.group_id != session.group_id:
                    continue
                mark = deviations.get((group, enrolment.person_id, day, half), (_Value.PRESENT, 0, 0))
                if mark:
                    taps.append(_tap(enrolment, *mark))
            for person in guests.get((group, day, half), []):
                attending.add_to_roster(session, enrolments[person], by=_trainer(session))
                taps.append(_tap(enrolments[person], _Value.PRESENT, 0, 0))
            paper = (group, day) in _PAPER
            attending.mark_many(
                session,
                taps,
                by=_trainer(session),
                source=AttendanceMark.Source.PAPER if paper else AttendanceMark.Source.ROLL_CALL,
            )
    completing.consider_many([enrolment.pk for enrolment in enrolments.values()])


def _who(group: str, who: str | int, members: dict[str, list[Person]]) -> int:
    return members[group][who].pk if isinstance(who, int) else _person(who).pk


def _trainer(session: Session) -> User:
    return session.group.group_trainers.select_related("person__user").first().person.user


def _tap(enrolment: Enrolment, value: str, late: int, early: int) -> attending.Tap:
    return attending.Tap(enrolment.pk, value, minutes_late=late, minutes_early=early)


def _load_earlier(edition) -> None:
    """A round of last year that is over: its certificates stand in the register in every standing."""
    first_day = clock.local_day() - timedelta(days=400)
    names = ["demo08", "demo14", "demo15", "demo16", "demo17", "demo18", "demo05", "demo12"]
    with clock.standing_at(_noon(first_day - timedelta(days=_ENROLLED_DAYS_BEFORE))):
        round_ = Round.objects.create(code=EARLIER_ROUND, edition=edition)
        group = _group(round_, "G1", "XK-19", 20, "demo20")
        _plan(
            group,
            edition.days.all(),
            [first_day + timedelta(days=n) for n in range(edition.days.count())],
            _venue("XK-19"),
        )
        enrolling.enrol_many([enrolling.Newcomer(_person(name), group) for name in names], edition, by=_user("demo27"))
    enrolments = list(Enrolment.objects.filter(group=group))
    for session in group.sessions.select_related("group__round", "day"):
        with clock.standing_at(session.ends_at):
            taps = [_tap(enrolment, _Value.PRESENT, 0, 0) for enrolment in enrolments]
            attending.mark_many(session, taps, by=_trainer(session))
    for enrolment in enrolments:
        _read_lessons(enrolment, _noon(first_day + timedelta(days=5)))
    completing.consider_many([enrolment.pk for enrolment in enrolments])


def _read_lessons(enrolment: Enrolment, moment: datetime, most: int | None = None) -> None:
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


def _load_lapsed_accreditation() -> None:
    """Drita Llugaxhiu learned all five modules online. Between her enrolment and her last assessment the accreditation
    of SW-M5 ran out; when it was renewed, a new edition was cut. Her day lies in the gap, so the Council has to decide.
    """
    facts = read("delivery.yaml")["module_accreditation"]["SW-M5"]
    today = clock.local_day()
    last_day = today - timedelta(days=facts["ended_days_ago"])
    renewed_on = today - timedelta(days=facts["renewed_days_ago"])
    ago = {what: _noon(today - timedelta(days=days)) for what, days in _LAPSED_DAYS_AGO.items()}
    with clock.standing_at(ago["enrolled"]):
        first_day = clock.add_months(last_day + timedelta(days=1), -facts["validity_months"])
        edition = _accredit("SW-M5", facts["body"], facts["number"], first_day, last_day)
        round_ = Round.objects.create(code=ONLINE_ROUND, edition=edition, enrolment_closes_on=clock.local_day())
        group = Group.objects.create(
            round=round_, code="G1", municipality=Municipality.objects.get(key="XK-19"), capacity=20
        )
        enrolling.enrol_many([enrolling.Newcomer(_person(_LAPSED), group)], edition, by=_user("demo27"))
    enrolment = Enrolment.objects.get(group=group)
    _read_lessons(enrolment, ago["first lesson"])
    for number, assessment in enumerate(edition.assessments.all()):
        moment = ago.get(assessment.code, ago["first assessment"] + timedelta(days=number))
        with clock.standing_at(moment):
            _pass(enrolment, assessment)
    with clock.standing_at(_noon(renewed_on)):
        until = clock.add_months(renewed_on, facts["validity_months"]) - timedelta(days=1)
        _accredit("SW-M5", facts["body"], facts["renewed_number"], renewed_on, until)
    completing.consider_many([enrolment.pk])


def _propose_waiver() -> None:
    """What the Council may decide about her: the organiser has proposed it, and it waits for somebody else."""
    running = Enrolment.objects.active().filter(person=_person(_LAPSED), programme_code="ACC", completion__isnull=True)
    enrolment = running.filter(waivers__isnull=True).first()
    if enrolment is None:
        return
    reason = "Learned while the module was accredited; the renewal came weeks after her assessment."
    by = _user("demo27")
    waiving.propose(enrolment, Kind.ACCREDITATION, "SW-M5", by=by, reason=reason, decision_number="DEMO-12")


def _accredit(code: str, body: str, number: str, first_day: date, last_day: date):
    """Put an accreditation on the pages of a module and publish what it belongs to. Returns the edition."""
    for page in ModulePage.objects.filter(translation_key=key_of(code)):
        page.accreditation_status, page.accreditation_body, page.accreditation_number = "accredited", body, number
        page.accredited_from, page.accredited_until = first_day, last_day
        page.save_revision().publish()
    programme = ProgrammePage.objects.get(translation_key=key_of("programme-ACC"), locale__language_code="sq")
    return publishing.cut_edition(programme)


def _pass(enrolment: Enrolment, assessment: EditionAssessment) -> None:
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


def _load_coming(editions) -> None:
    today = clock.local_day()
    refresher = Round.objects.create(
        code="REF-2027-1", edition=editions["REF"], enrolment_closes_on=today + timedelta(days=60)
    )
    start = today + timedelta(days=75)
    dates = [start + timedelta(days=offset) for offset in (0, 1, 56, 57, 112, 113)]
    # The same dates with the same trainer in two places: the plan shows the conflict.
    for code, key in (("G1", "XK-19"), ("G4", "XK-04")):
        _plan(_group(refresher, code, key, 45, "demo19"), editions["REF"].days.all(), dates, _venue(key))
    standards = Round.objects.create(
        code="MQS-2027-1", edition=editions["MQS"], enrolment_closes_on=today + timedelta(days=20)
    )
    for code, key, after in (("G1", "XK-17", 30), ("G2", "XK-20", 44)):
        dates = [today + timedelta(days=after + n) for n in range(editions["MQS"].days.count())]
        _plan(_group(standards, code, key, 24, "demo20"), editions["MQS"].days.all(), dates, _venue(key))
    management = Round.objects.create(code="MGT-2027-1", edition=editions["MGT"])
    dates = [today + timedelta(days=100 + n) for n in range(editions["MGT"].days.count())]
    _plan(_group(management, "G1", "XK-19", 120, "demo21"), editions["MGT"].days.all(), dates, _venue("XK-19"))
    klos = Round.objects.create(code="KLOS-2027-1", edition=editions["KLOS"])
    dates = [today + timedelta(days=25 + 30 * n) for n in range(editions["KLOS"].days.count())]
    _plan(
        _group(klos, "G1", "AL-klos", 30, "demo21"),
        editions["KLOS"].days.all(),
        dates,
        _venue("AL-klos", "Europe/Tirane"),
    )
    enrolling.enrol_many(
        [enrolling.Newcomer(_person(name), klos.groups.get()) for name in ("demo24", "demo25")],
        editions["KLOS"],
        by=_user("demo27"),
    )


def _load_learner(edition) -> None:
    """Çlirim Gjergjaj is in the middle of the online modules: something to resume on the first visit."""
    person = _person("demo01")
    if person.enrolments.filter(programme_code=edition.programme_code).exists():
        return
    moment = clock.now() - timedelta(days=20)
    with clock.standing_at(moment):
        enrolment = enrolling.enrol(person, edition, by=person.user, source=Enrolment.Source.SELF)
    _read_lessons(enrolment, moment, most=4)
