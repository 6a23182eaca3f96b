"""Import of 5,000 people nobody knew, each enrolled in a group, from one CSV file."""

import io
import time

from courses.models import Enrolment, Group, Round, Venue
from courses.operations.importing_enrolments import import_enrolments
from lms.people.models import Person

PEOPLE, GROUPS = 5000, 100


def file_of_people() -> bytes:
    lines = ["given_name,surname,birth_date,email,group"]
    lines += [
        f"Emri{n},Mbiemri{n},{1960 + n % 40}-{1 + n % 12:02}-{1 + n % 28:02},import{n}@example.org,G{n % GROUPS}"
        for n in range(PEOPLE)
    ]
    return "\n".join(lines).encode()


def bare_inserts() -> float:
    """Seconds of one bulk insert of as many persons, in the batches the database likes; removed again."""
    rows = [Person(given_name=f"Bare{n}", surname="Insert", search_key="") for n in range(PEOPLE)]
    began = time.perf_counter()
    Person.objects.bulk_create(rows, batch_size=1000)
    took = time.perf_counter() - began
    Person.objects.filter(surname="Insert").delete()
    return took


def measure(stage) -> dict:
    edition = Round.objects.get(code="REF-2026-1").edition
    round_ = Round.objects.create(code="BENCH-IMPORT", edition=edition)
    place = Venue.objects.first().municipality
    Group.objects.bulk_create(
        Group(round=round_, code=f"G{n}", municipality=place, capacity=PEOPLE // GROUPS) for n in range(GROUPS)
    )
    bare = bare_inserts()
    content = file_of_people()
    began = time.perf_counter()
    result = import_enrolments(io.BytesIO(content), "people.csv", round_, by=None)
    seconds = time.perf_counter() - began
    assert Enrolment.objects.filter(group__round=round_).count() == result.enrolled == PEOPLE
    return {
        "people": PEOPLE,
        "seconds": round(seconds, 2),
        "bare_bulk_insert_seconds": round(bare, 2),
        "reach_seconds": 5,
    }
