"""A round whose people all completed it, as many as wanted, and the issuing of their certificates by some processes."""

import gc
import multiprocessing
import time
from datetime import time as daytime
from datetime import timedelta

from django.db import connections, transaction

from benchmarks.verification import officers
from certification.models import CertificateDocument, IssueBatch
from certification.operations import issuing
from courses.models import AttendanceMark, Enrolment, Group, Round, Session
from courses.operations import completing
from lms.kernel import clock
from lms.people.models import Person

IN_A_GROUP = 500
# Mornings and afternoons do not overlap, or nobody could have been at both.
HALVES = {"AM": (daytime(9), daytime(12)), "PM": (daytime(13), daytime(16))}
NAMES = ("Çlirim Gjergjaj", "Arta Krasniqi", "Љубиша Џамбић", "Fatmire Hoxha", "Đurđa Stojković", "Ëngjëll Xhemajli")


def approved_batch(code: str, people: int) -> IssueBatch:
    """An approved list of ``people`` new people who were there on every day of the programme of REF-2026-1."""
    with transaction.atomic():
        _hold(code, people)
    officer, second = officers()
    return issuing.approve(issuing.request(code, by=officer), by=second, through_queue=False).batch


def _hold(code: str, people: int) -> None:
    model = Session.objects.filter(group__round__code="REF-2026-1").select_related("venue", "day__edition").first()
    edition, now = model.day.edition, clock.now()
    round_ = Round.objects.create(code=code, edition=edition)
    halves = [(day, half) for day in edition.days.all() for half in ("AM", "PM")]
    for first in range(0, people, IN_A_GROUP):
        count = min(IN_A_GROUP, people - first)
        group = Group.objects.create(
            round=round_, code=f"G{first // IN_A_GROUP}", municipality=model.venue.municipality, capacity=count
        )
        sessions = [
            Session.objects.create(
                group=group,
                day=day,
                half=half,
                venue=model.venue,
                on=clock.local_day() - timedelta(days=40 - number // 2),
                starts=HALVES[half][0],
                ends=HALVES[half][1],
            )
            for number, (day, half) in enumerate(halves)
        ]
        persons = Person.objects.bulk_create(_person(number) for number in range(first, first + count))
        enrolments = Enrolment.objects.bulk_create(
            Enrolment(
                person=person,
                edition=edition,
                programme_code=edition.programme_code,
                group=group,
                source="import",
                enrolled_at=now - timedelta(days=90),
            )
            for person in persons
        )
        AttendanceMark.objects.bulk_create(
            (
                AttendanceMark(
                    session=session,
                    enrolment=enrolment,
                    value="present",
                    source="import",
                    policy_version="1",
                    recorded_at=now - timedelta(days=30),
                )
                for enrolment in enrolments
                for session in sessions
            ),
            batch_size=2000,
        )
        completing.consider_many([enrolment.pk for enrolment in enrolments])


def _person(number: int) -> Person:
    given_name, surname = NAMES[number % len(NAMES)].split()
    return Person(given_name=given_name, surname=surname, search_key="", is_fictional=True)


def issue(batch: IssueBatch, workers: int) -> tuple[float, float]:
    """Issue ``batch`` with ``workers`` processes. Returns seconds, and the processes' CPU seconds (not the database's)."""
    rows = issuing.waiting_rows(batch)
    chunks = [rows[start : start + issuing.CHUNK] for start in range(0, len(rows), issuing.CHUNK)]
    context = multiprocessing.get_context("fork")
    taken, spent = context.Value("i", 0), context.Value("d", 0.0)
    connections.close_all()  # no process may speak through another's connection
    gc.collect()
    gc.freeze()  # as a worker does when it starts

    def work() -> None:
        gc.set_threshold(10_000, 20, 20)
        began = time.process_time()
        while True:
            with taken.get_lock():
                number, taken.value = taken.value, taken.value + 1
            if number >= len(chunks):
                break
            issuing.issue_rows(batch.pk, chunks[number])
        connections.close_all()
        with spent.get_lock():
            spent.value += time.process_time() - began

    processes = [context.Process(target=work) for _ in range(workers)]
    began = time.perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - began
    issued = CertificateDocument.objects.filter(certificate__batch=batch).count()
    assert issued == len(rows), f"{issued} of {len(rows)} certificates have a document"
    return seconds, spent.value
