"""The attendance report of a round of 5,000 people: 125 groups of 40, six training days, one in twenty missed."""

import asyncio
import statistics
import time
from datetime import timedelta

from courses.models import AttendanceMark, Enrolment, Group, Round, Session
from lms.kernel import clock
from lms.people import roles
from lms.people.models import Person, User

PEOPLE, IN_A_GROUP, CODE = 5000, 40, "BENCH-REPORT"


def held_round() -> str:
    """A round of which every session was held and marked. Returns its code."""
    model = Session.objects.filter(group__round__code="REF-2026-1").select_related("venue", "day__edition").first()
    edition = model.day.edition
    round_ = Round.objects.create(code=CODE, edition=edition)
    place = model.venue.municipality
    groups = Group.objects.bulk_create(
        Group(round=round_, code=f"G{n}", municipality=place, capacity=IN_A_GROUP) for n in range(PEOPLE // IN_A_GROUP)
    )
    now = clock.now()
    people = Person.objects.bulk_create(
        [Person(given_name=f"Emri{n}", surname=f"Mbiemri{n % 700}", search_key="") for n in range(PEOPLE)],
        batch_size=1000,
    )
    enrolments = Enrolment.objects.bulk_create(
        [
            Enrolment(
                person=person,
                edition=edition,
                programme_code=edition.programme_code,
                group=groups[n % len(groups)],
                source="import",
                enrolled_at=now - timedelta(days=90),
            )
            for n, person in enumerate(people)
        ],
        batch_size=1000,
    )
    halves = [(day, half) for day in edition.days.all() for half in ("AM", "PM")]
    held: dict[int, list[Session]] = {}
    for group in groups:
        for number, (day, half) in enumerate(halves):
            session = Session.objects.create(
                group=group,
                day=day,
                half=half,
                venue=model.venue,
                on=clock.local_day() - timedelta(days=60 - number // 2),
                starts=model.starts,
                ends=model.ends,
            )
            held.setdefault(group.pk, []).append(session)
    AttendanceMark.objects.bulk_create(
        (
            AttendanceMark(
                session=session,
                enrolment=enrolment,
                value="absent" if (n * 7 + number) % 20 == 0 else "present",
                source="import",
                policy_version="1",
                recorded_at=now - timedelta(days=30),
            )
            for n, enrolment in enumerate(enrolments)
            for number, session in enumerate(held[enrolment.group_id])
        ),
        batch_size=2000,
    )
    return CODE


def bare_read() -> float:
    """Milliseconds of one statement that only fetches every mark of the round."""
    marks = AttendanceMark.objects.filter(session__group__round__code=CODE).order_by()
    began = time.perf_counter()
    assert len(marks.values_list("session_id", "enrolment_id", "value")) > PEOPLE
    return (time.perf_counter() - began) * 1000


def measure(stage) -> dict:
    address = f"/en/learn/teach/report/?round={held_round()}"
    reader = User.objects.filter(groups__name=roles.ORGANISER).order_by("pk").first()
    person = stage.people([reader], count=1)[0]

    async def look(times: int) -> list[tuple[float, int]]:
        found = []
        for _ in range(times):
            began = time.perf_counter()
            page = await person.get(address)
            assert page.status == 200, page.status
            found.append((time.perf_counter() - began, len(page.body)))
        return found

    looked = asyncio.run(look(11))[3:]  # the first ones warm every worker
    return {
        "people": PEOPLE,
        "seconds": round(statistics.median(seconds for seconds, _size in looked), 3),
        "kilobytes": round(looked[0][1] / 1000, 1),
        "statements": stage.statements(address, reader),
        "bare_read_of_marks_ms": round(statistics.median(bare_read() for _ in range(3)), 1),
        "reach": "≤ 0.35 s, ≤ 200 kB, ≤ 12 statements",
    }
