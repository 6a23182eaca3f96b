"""Learning: which lessons were opened and done, where one left off, and what is running for a person.

Progress is recorded for every active enrolment whose edition contains the lesson, so that one reading serves two
programmes. A lesson is done because the learner says so with a button, never because a page was shown (C6).
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.models import Completion, EditionLesson, Enrolment, LessonProgress, Session
from lms.kernel import clock, queue

log = logging.getLogger(__name__)


class NotEnrolled(Exception):
    """Nothing can be recorded: no active enrolment of the person contains the lesson."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson of an enrolment: what it is, and how far its reader is."""

    key: UUID
    code: str
    title: str
    minutes: int
    module_key: UUID
    opened_at: datetime | None
    last_seen_at: datetime | None
    done_at: datetime | None

    @property
    def url(self) -> str:
        """Leads to the page in the reader's language; also where the page is no longer in the catalogue."""
        return reverse("courses:lesson", args=[self.key])


@dataclass(frozen=True, slots=True)
class NextSession:
    title: str
    on: date  # the venue's day
    starts: time  # wall time there
    ends: time
    venue: str
    place: str


@dataclass(frozen=True, slots=True)
class Running:
    """An enrolment that is active and not completed, as a card on the learner's page."""

    enrolment: Enrolment
    title: str
    mode: str
    lessons_done: int
    lessons_total: int
    resume: Lesson | None  # the lesson to go on with; None when there is none left
    next_session: NextSession | None


def lessons_of(enrolments: Iterable[Enrolment]) -> dict[int, list[Lesson]]:
    """The lessons of each enrolment's edition in their order, with its progress. Two queries for any number."""
    enrolments = list(enrolments)
    progress = {
        (row.enrolment_id, row.lesson_key): row
        for row in LessonProgress.objects.filter(enrolment__in=[each.pk for each in enrolments])
    }
    by_edition = defaultdict(list)
    rows = EditionLesson.objects.filter(module__edition__in={each.edition_id for each in enrolments})
    for row in rows.select_related("module").order_by("module__position", "position"):
        by_edition[row.module.edition_id].append(row)
    return {
        each.pk: [_lesson(row, progress.get((each.pk, row.page_key))) for row in by_edition[each.edition_id]]
        for each in enrolments
    }


def _lesson(row: EditionLesson, progress: LessonProgress | None) -> Lesson:
    return Lesson(
        key=row.page_key,
        code=row.code,
        title=row.title,
        minutes=row.minutes,
        module_key=row.module.page_key,
        opened_at=progress.opened_at if progress else None,
        last_seen_at=progress.last_seen_at if progress else None,
        done_at=progress.done_at if progress else None,
    )


def resume_point(enrolment: Enrolment) -> Lesson | None:
    """The lesson to go on with, or None when every lesson is done or there is none."""
    return where_to_go_on(lessons_of([enrolment])[enrolment.pk])


def where_to_go_on(lessons: list[Lesson]) -> Lesson | None:
    """The lesson last read if it is not done; else the first not done after it; else the first not done at all."""
    left = [lesson for lesson in lessons if lesson.done_at is None]
    if not left:
        return None
    read = [(lesson.last_seen_at, place) for place, lesson in enumerate(lessons) if lesson.last_seen_at is not None]
    if not read:
        return left[0]
    last = max(read)[1]
    return next((lesson for lesson in lessons[last:] if lesson.done_at is None), left[0])


def running(person) -> list[Running]:
    """What ``person`` is enrolled in and has not completed. Four queries for any number of enrolments."""
    if person is None:
        return []
    enrolments = list(
        Enrolment.objects.active()
        .filter(person=person, completion__isnull=True)
        .select_related("edition", "group__round", "group__municipality")
    )
    if not enrolments:
        return []
    lessons = lessons_of(enrolments)
    sessions = _next_sessions({each.group_id for each in enrolments if each.group_id})
    return [
        Running(
            enrolment=each,
            title=each.edition.title,
            mode=each.edition.mode,
            lessons_done=sum(lesson.done_at is not None for lesson in lessons[each.pk]),
            lessons_total=len(lessons[each.pk]),
            resume=where_to_go_on(lessons[each.pk]),
            next_session=sessions.get(each.group_id),
        )
        for each in enrolments
    ]


def _next_sessions(group_ids) -> dict[int, NextSession]:
    found: dict[int, NextSession] = {}
    sessions = Session.objects.taking_place().filter(group__in=group_ids, ends_at__gte=clock.now())
    for row in sessions.select_related("day", "venue__municipality").order_by("starts_at"):
        if row.group_id not in found:
            found[row.group_id] = NextSession(
                title=row.title,
                on=row.on,
                starts=row.starts,
                ends=row.ends,
                venue=row.venue.name,
                place=row.venue.municipality.name,
            )
    return found


def enrolments_with(person, lesson_key) -> list[Enrolment]:
    """The active enrolments of ``person`` whose edition contains the lesson."""
    return list(
        Enrolment.objects.active()
        .filter(person=person, edition__modules__lessons__page_key=lesson_key)
        .select_related("edition")
        .distinct()
    )


@transaction.atomic
def open_lesson(person, lesson_key) -> None:
    """Write down that ``person`` reads the lesson now. Raises NotEnrolled."""
    _see(person, lesson_key)


@transaction.atomic
def mark_done(person, lesson_key) -> None:
    """Write down that ``person`` is done with the lesson. Done once stays done at that moment. Raises NotEnrolled."""
    rows = _see(person, lesson_key)
    marked = [row.enrolment_id for row in rows if row.done_at is None]
    # The clock is read again: another tab may have opened the lesson a moment after we asked.
    LessonProgress.objects.filter(pk__in=[row.pk for row in rows], done_at__isnull=True).update(done_at=clock.now())
    # A completed enrolment has nothing left to be found in it.
    completed = set(Completion.objects.filter(enrolment__in=marked).values_list("enrolment_id", flat=True))
    due = [pk for pk in marked if pk not in completed]
    if due:
        queue.enqueue("courses.tasks.consider", due, group="completing")
    log.info("Lesson %s done for enrolments %s", lesson_key, marked)


def _see(person, lesson_key) -> list[LessonProgress]:
    enrolments = enrolments_with(person, lesson_key) if person is not None else []
    if not enrolments:
        raise NotEnrolled(_("You are not enrolled in a programme with this lesson. Enrol first; then it counts."))
    at = clock.now()
    code = EditionLesson.objects.filter(page_key=lesson_key).values_list("code", flat=True)[0]
    # Opening in two tabs at once makes one row: the second insert is a no-op.
    LessonProgress.objects.bulk_create(
        [
            LessonProgress(enrolment=each, lesson_key=lesson_key, lesson_code=code, opened_at=at, last_seen_at=at)
            for each in enrolments
        ],
        ignore_conflicts=True,
    )
    rows = LessonProgress.objects.filter(enrolment__in=enrolments, lesson_key=lesson_key)
    rows.update(last_seen_at=at)
    return list(rows)
