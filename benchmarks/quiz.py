"""A quiz of 20 drawn questions taken by 257 people at once: start, read, answer all, confirm, submit, see the result."""

import asyncio
import re
import time
from uuid import uuid4

from benchmarks.people import users_for
from courses.models import Attempt, Edition, EditionAssessment, Enrolment, QuestionVersion
from lms.kernel import clock
from lms.people.models import Person

PEOPLE, QUESTIONS, AT_ONCE = 257, 20, 32


def quiz() -> tuple[EditionAssessment, list[Enrolment]]:
    """An open edition with one quiz over the demo's whole bank, and 257 people enrolled in it."""
    titles = {"en": "Benchmark quiz", "sq": "Kuiz matjeje"}
    edition = Edition.objects.create(
        programme_code="BENCH-QUIZ",
        number=1,
        page_key=uuid4(),
        published_at=clock.now(),
        titles=titles,
        hours=1,
        mode="online",
        is_open=True,
        rule={"days": [], "modules": [], "assessments": ["A1"]},
        facts_sha256=uuid4().hex * 2,
    )
    assessment = EditionAssessment.objects.create(
        edition=edition,
        code="A1",
        position=1,
        titles=titles,
        questions_per_attempt=QUESTIONS,
        pass_mark=70,
        attempts_allowed=3,
        minutes=30,
        pool=list(QuestionVersion.objects.values_list("pk", flat=True)),
    )
    people = list(Person.objects.select_related("user").order_by("pk")[:PEOPLE])
    users_for(people)
    Enrolment.objects.bulk_create(
        Enrolment(
            person=person,
            edition=edition,
            programme_code=edition.programme_code,
            source="import",
            enrolled_at=clock.now(),
        )
        for person in people
    )
    return assessment, list(edition.enrolments.select_related("person__user"))


async def sit(person, enrolment, code: str) -> None:
    """One person's whole quiz, as the pages lead without JavaScript."""
    overview = f"/en/learn/assessment/{enrolment.registration}/{code}/"
    await person.get(overview)
    started = await person.post(overview, {})
    attempt = started.header("location")
    assert "/assessment/" in attempt, f"{started.status} {attempt}"
    page = (await person.get(attempt)).text
    answers = dict(re.findall(r'name="(s\d+)" value="(\d+)"', page))
    for name, value in re.findall(r'name="(q\d+)" value="([^"]*)"', page):
        answers.setdefault(name, value)
    assert len(answers) == 2 * QUESTIONS, f"{len(answers)} fields on the page"
    saved = await person.post(attempt, answers | {"action": "finish"})
    confirm = saved.header("location")
    await person.get(confirm)
    result = (await person.post(confirm, {})).header("location")
    assert (await person.get(result)).status == 200, result


def measure(stage) -> dict:
    assessment, enrolments = quiz()
    people = [stage.people([enrolment.person.user], count=1)[0] for enrolment in enrolments]

    async def everybody() -> float:
        places = asyncio.Semaphore(AT_ONCE)  # as many connections as a proxy would keep open

        async def one(person, enrolment):
            async with places:
                await sit(person, enrolment, assessment.code)
                person.close()

        began = time.perf_counter()
        await asyncio.gather(*(one(*pair) for pair in zip(people, enrolments, strict=True)))
        return time.perf_counter() - began

    seconds = asyncio.run(everybody())
    graded = Attempt.objects.filter(assessment=assessment, state=Attempt.State.GRADED).count()
    assert graded == PEOPLE, f"{graded} of {PEOPLE} were graded"
    return {"people": PEOPLE, "questions": QUESTIONS, "seconds": round(seconds, 2), "reach_seconds": 9}
