"""The demo's rounds: the refresher programme as it happened up to yesterday, and what is coming up.

The past happens through the ordinary operations with the clock set back, so that nothing here knows more than a
trainer could have entered. Group G6 of REF-2026-1 keeps its last half-day unmarked for the visitor.
"""

from collections.abc import Iterable
from datetime import date, time, timedelta

from courses.demo.catalogue import key_of, read
from courses.demo.taking_part import (
    LAST_SESSION,
    ROUND,
    attend,
    noon,
    pass_assessment,
    person_named,
    read_lessons,
    tap,
    trainer,
)
from courses.models import (
    AttendanceMark,
    Enrolment,
    Group,
    GroupTrainer,
    ModulePage,
    ProgrammePage,
    Round,
    Session,
    Venue,
)
from courses.operations import attending, completing, enrolling, publishing, scheduling, waiving
from courses.rules.completion import Kind
from lms.kernel import clock
from lms.people.models import Municipality, Person, User

EARLIER_ROUND = "MQS-2025-1"
FIRST_ROUND = "MQS-2024-1"  # its certificates held for two years; one holder renewed, one did not
ONLINE_ROUND = "ACC-2026-1"
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
# The accreditation of SW-M5 ran out between this person's enrolment and assessment: who, and how many days ago what was.
_LAPSED = "demo18"
_LAPSED_DAYS_AGO = {"enrolled": 90, "first lesson": 85, "first assessment": 70, "SW-M5": 50}


def load() -> None:
    """Everything delivered so far and everything planned. What exists already is left alone."""
    if not Round.objects.filter(code=ONLINE_ROUND).exists():
        _load_lapsed_accreditation()
    if not Round.objects.filter(code__in=[FIRST_ROUND, EARLIER_ROUND]).exists():
        _load_first()
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
    marked = set(
        session.marks.current().exclude(value=AttendanceMark.Value.UNMARKED).values_list("enrolment_id", flat=True)
    )
    taps = [
        attending.Tap(enrolment.pk, AttendanceMark.Value.PRESENT)
        for enrolment in enrolments
        if enrolment.pk not in marked
    ]
    if taps:
        attending.mark_many(session, taps, by=None)
    completing.consider_many(enrolments.values_list("pk", flat=True))
    return len(taps)


def _programme_keys():
    return [key_of(f"programme-{programme['code']}") for programme in read("programmes.yaml")]


def _user(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


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
    GroupTrainer.objects.create(group=group, person=person_named(trainer))
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
    with clock.standing_at(noon(first_day - timedelta(days=_ENROLLED_DAYS_BEFORE))):
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
            named = [person_named(name) for name in _NAMED[row["code"]]]
            others = [next(unnamed) for _number in range(row["enrolled"] - len(named))]
            members[row["code"]] = others
            newcomers = [enrolling.Newcomer(person, group) for person in (*named, *others)]
            enrolling.enrol_many(newcomers, edition, by=_user("demo27"))
    attend(round_, members)


def _load_first() -> None:
    """A round of two years ago, when the certificate still held for twenty-four months only."""
    pages = ProgrammePage.objects.filter(translation_key=key_of("programme-MQS"))
    pages.update(valid_months=24)
    with clock.standing_at(noon(clock.local_day() - timedelta(days=900))):
        edition = publishing.cut_edition(pages.get(locale__language_code="sq"))
    pages.update(valid_months=None)
    _hold(FIRST_ROUND, edition, clock.local_day() - timedelta(days=800), ["demo15", "demo10"])


def _load_earlier(edition) -> None:
    """A round of last year that is over: its certificates stand in the register in every standing."""
    who = [f"demo{number:02}" for number in (8, 14, 15, 16, 17, 18, 5, 12)]
    _hold(EARLIER_ROUND, edition, clock.local_day() - timedelta(days=400), who)


def _hold(round_code: str, edition, first_day: date, names: list[str]) -> None:
    """A round of one group that is over, in which these persons were always there and read everything."""
    persons = [person_named(name) for name in names]
    with clock.standing_at(noon(first_day - timedelta(days=_ENROLLED_DAYS_BEFORE))):
        group = _group(Round.objects.create(code=round_code, edition=edition), "G1", "XK-19", 20, "demo20")
        dates = [first_day + timedelta(days=n) for n in range(edition.days.count())]
        _plan(group, edition.days.all(), dates, _venue("XK-19"))
        for enrolment in Enrolment.objects.filter(person__in=persons, programme_code=edition.programme_code):
            enrolling.enrol_again(enrolment, edition, group=group, by=_user("demo27"))
        enrolling.enrol_many([enrolling.Newcomer(each, group) for each in persons], edition, by=_user("demo27"))
    enrolments = list(Enrolment.objects.filter(group=group))
    for session in group.sessions.select_related("group__round", "day"):
        with clock.standing_at(session.ends_at):
            taps = [tap(enrolment, AttendanceMark.Value.PRESENT, 0, 0) for enrolment in enrolments]
            attending.mark_many(session, taps, by=trainer(session))
    for enrolment in enrolments:
        read_lessons(enrolment, noon(first_day + timedelta(days=5)))
    completing.consider_many([enrolment.pk for enrolment in enrolments])


def _load_lapsed_accreditation() -> None:
    """Drita Llugaxhiu learned all five modules online. Between her enrolment and her last assessment the accreditation
    of SW-M5 ran out; when it was renewed, a new edition was cut. Her day lies in the gap, so the Council has to decide.
    """
    facts = read("delivery.yaml")["module_accreditation"]["SW-M5"]
    today = clock.local_day()
    last_day = today - timedelta(days=facts["ended_days_ago"])
    renewed_on = today - timedelta(days=facts["renewed_days_ago"])
    ago = {what: noon(today - timedelta(days=days)) for what, days in _LAPSED_DAYS_AGO.items()}
    with clock.standing_at(ago["enrolled"]):
        first_day = clock.add_months(last_day + timedelta(days=1), -facts["validity_months"])
        edition = _accredit("SW-M5", facts["body"], facts["number"], first_day, last_day)
        round_ = Round.objects.create(code=ONLINE_ROUND, edition=edition, enrolment_closes_on=clock.local_day())
        group = Group.objects.create(
            round=round_, code="G1", municipality=Municipality.objects.get(key="XK-19"), capacity=20
        )
        enrolling.enrol_many([enrolling.Newcomer(person_named(_LAPSED), group)], edition, by=_user("demo27"))
    enrolment = Enrolment.objects.get(group=group)
    read_lessons(enrolment, ago["first lesson"])
    for number, assessment in enumerate(edition.assessments.all()):
        moment = ago.get(assessment.code, ago["first assessment"] + timedelta(days=number))
        with clock.standing_at(moment):
            pass_assessment(enrolment, assessment)
    with clock.standing_at(noon(renewed_on)):
        until = clock.add_months(renewed_on, facts["validity_months"]) - timedelta(days=1)
        _accredit("SW-M5", facts["body"], facts["renewed_number"], renewed_on, until)
    completing.consider_many([enrolment.pk])


def _propose_waiver() -> None:
    """What the Council may decide about her: the organiser has proposed it, and it waits for somebody else."""
    running = Enrolment.objects.active().filter(
        person=person_named(_LAPSED), programme_code="ACC", completion__isnull=True
    )
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
        [enrolling.Newcomer(person_named(name), klos.groups.get()) for name in ("demo24", "demo25")],
        editions["KLOS"],
        by=_user("demo27"),
    )


def _load_learner(edition) -> None:
    """Çlirim Gjergjaj is in the middle of the online modules: something to resume on the first visit."""
    person = person_named("demo01")
    if person.enrolments.filter(programme_code=edition.programme_code).exists():
        return
    moment = clock.now() - timedelta(days=20)
    with clock.standing_at(moment):
        enrolment = enrolling.enrol(person, edition, by=person.user, source=Enrolment.Source.SELF)
    read_lessons(enrolment, moment, most=4)
