"""Roll call of 257 people in one session: the form, and the first save of everybody."""

import asyncio
import re
import statistics
import time
from datetime import timedelta

from django.db import connection

from benchmarks.people import users_for
from courses.models import AttendanceMark, Enrolment, Group, GroupTrainer, Round, Session
from lms.kernel import clock
from lms.people.models import Person

PEOPLE = 257


def sessions(count: int):
    """``count`` open sessions today of a group with 257 people and one trainer. Returns (sessions, trainer)."""
    edition = Round.objects.get(code="REF-2026-1").edition
    model = Session.objects.filter(group__round__code="REF-2026-1").select_related("venue").first()
    round_ = Round.objects.create(code="BENCH-ROLL", edition=edition)
    group = Group.objects.create(round=round_, code="G1", municipality=model.venue.municipality, capacity=PEOPLE)
    trainer = Person.objects.filter(trains__isnull=False).first()
    GroupTrainer.objects.create(group=group, person=trainer)
    others = Person.objects.exclude(enrolments__programme_code=edition.programme_code).exclude(pk=trainer.pk)
    Enrolment.objects.bulk_create(
        Enrolment(
            person=person,
            edition=edition,
            programme_code=edition.programme_code,
            group=group,
            source="import",
            enrolled_at=clock.now() - timedelta(days=2),
        )
        for person in others.order_by("pk")[:PEOPLE]
    )
    assert group.enrolments.count() == PEOPLE, "the demo has too few people"
    halves = [(day, half) for day in edition.days.all() for half in ("AM", "PM")][:count]
    made = []
    for day, half in halves:
        made.append(
            Session.objects.create(
                group=group,
                day=day,
                half=half,
                venue=model.venue,
                on=clock.local_day(),
                starts=model.starts,
                ends=model.ends,
            )
        )
    return made, users_for([trainer])[0]


def bare_insert(session) -> float:
    """Milliseconds of one bulk insert of as many marks, rolled back."""
    enrolments = list(session.group.enrolments.values_list("pk", flat=True))
    rows = [
        AttendanceMark(
            session=session,
            enrolment_id=pk,
            value="present",
            source="roll_call",
            policy_version="0",
            recorded_at=clock.now(),
        )
        for pk in enrolments
    ]
    began = time.perf_counter()
    AttendanceMark.objects.bulk_create(rows)
    took = (time.perf_counter() - began) * 1000
    AttendanceMark.objects.filter(session=session).delete()
    return took


async def call(person, session) -> tuple[float, float]:
    """(milliseconds of the form, of the save) for ``session``."""
    address = f"/en/learn/teach/sessions/{session.pk}/roll-call/"
    began = time.perf_counter()
    form = await person.get(address)
    shown = time.perf_counter() - began
    assert form.status == 200, form.status
    fields = dict(re.findall(r'name="(seen-\d+)" value="(\d*)"', form.text))
    began = time.perf_counter()
    saved = await person.post(address, fields | {"rest": "1"})
    took = time.perf_counter() - began
    assert saved.status == 302, saved.status
    return shown * 1000, took * 1000


def measure(stage) -> dict:
    opened, trainer = sessions(5)
    bare = statistics.median(bare_insert(opened[0]) for _ in range(3))
    person = stage.people([trainer], count=1)[0]

    async def all_of_them():
        await person.get(f"/en/learn/teach/sessions/{opened[-1].pk}/roll-call/")  # a warm server, and the CSRF cookie
        return [await call(person, session) for session in opened[:-1]]

    times = asyncio.run(all_of_them())
    present = AttendanceMark.objects.filter(session=opened[0], value="present").count()
    assert present == PEOPLE, f"{present} of {PEOPLE} were saved"
    connection.close()
    return {
        "people": PEOPLE,
        "form_ms": round(statistics.median(shown for shown, _saved in times), 1),
        "form_statements": stage.statements(f"/en/learn/teach/sessions/{opened[-1].pk}/roll-call/", trainer),
        "first_save_ms": round(statistics.median(saved for _shown, saved in times), 1),
        "bare_bulk_insert_ms": round(bare, 1),
        "reach": "form ≤ 12 statements, first save ≤ 80 ms",
    }
