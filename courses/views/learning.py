"""Module and lesson pages: the outline with ticks, reading, going on where one left, and saying that one is done."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.models import Page

from courses.blocks.weight import weight_of
from courses.models import EditionModule, Enrolment, LessonPage, LessonProgress, ModulePage, ProgrammePage
from courses.models.catalogue import shown_with
from courses.operations import learning
from courses.views.catalogue_rows import accreditation_badge
from lms.kernel import clock
from lms.kernel.prepared import Prepared, Slot
from lms.pages.navigation import Step
from lms.pages.remembering import remembered, state
from lms.people import roles
from lms.people.models import User

# Those who may read every lesson: they write, teach or check it.
_READERS = tuple(roles.LABELS)


@dataclass(frozen=True, slots=True)
class Place:
    """A lesson in the outline of its module."""

    key: UUID
    code: str
    title: str
    summary: str
    minutes: int
    url: str
    is_preview: bool


@dataclass(frozen=True, slots=True)
class Programme:
    title: str
    url: str
    code: str
    is_open: bool


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A module as everybody sees it: its lessons in order and the programmes it belongs to.

    Remembered: what changes is another outline.
    """

    key: UUID
    code: str
    title: str
    url: str
    lessons: list[Place]
    programmes: list[Programme]
    trail: tuple[Step, ...]  # from a lesson back to the top

    @property
    def is_open(self) -> bool:
        return any(programme.is_open for programme in self.programmes)


@dataclass(frozen=True, slots=True)
class Line:
    """A lesson of the outline with the reader's ticks."""

    place: Place
    is_done: bool
    is_opened: bool
    is_current: bool


def _outline(module, request) -> Outline:
    lessons = LessonPage.objects.child_of(module).live().order_by("path").defer("body")
    programmes = (
        ProgrammePage.objects.live()
        .filter(programme_modules__module__translation_key=module.translation_key, locale=module.locale_id)
        .distinct()
    )
    url = module.get_url(request)
    catalogue_url = url.rstrip("/").rsplit("/", 1)[0] + "/"
    return Outline(
        key=module.translation_key,
        code=module.code,
        title=module.title,
        url=url,
        lessons=[
            Place(
                key=page.translation_key,
                code=page.code,
                title=page.title,
                summary=page.summary,
                minutes=page.minutes,
                url=page.get_url(request),
                is_preview=page.is_preview,
            )
            for page in lessons
        ],
        programmes=[
            Programme(title=page.title, url=page.get_url(request), code=page.code, is_open=page.is_open)
            for page in programmes
        ],
        trail=(Step(_("Trainings"), catalogue_url), Step(module.title, url)),
    )


_read_by = Prepared(
    lambda: (
        Enrolment.objects.active()
        .filter(person__user__id=Slot(User, "id", "user"), edition__modules__page_key=Slot(EditionModule, "page_key"))
        .values_list("lesson_progress__lesson_key", "lesson_progress__done_at", "lesson_progress__last_seen_at")
    )
)


def _progress(user, module_key) -> tuple[dict[UUID, LessonProgress], bool]:
    """What the reader has done in the module, the furthest of all active enrolments, and whether there is any.

    One query: enrolments with the module, each with its progress rows.
    """
    if not user.is_authenticated:
        return {}, False
    found: dict[UUID, LessonProgress] = {}
    is_enrolled = False
    for key, done_at, last_seen_at in _read_by(user=user.pk, page_key=module_key):
        is_enrolled = True
        if key and (key not in found or (done_at and not found[key].done_at)):
            found[key] = LessonProgress(lesson_key=key, done_at=done_at, last_seen_at=last_seen_at)
    return found, is_enrolled


@dataclass(frozen=True, slots=True, eq=False)
class Ticks:
    """The lessons of an outline as all see them who have done the same. Remembered: others have other ticks."""

    lines: tuple[Line, ...]
    done: int


def _ticks(outline: Outline, progress: dict[UUID, LessonProgress], current: UUID | None = None) -> Ticks:
    done = frozenset(key for key, row in progress.items() if row.done_at)
    return _ticked(outline, done, frozenset(progress), current)


@lru_cache(maxsize=1000)
def _ticked(outline: Outline, done: frozenset[UUID], opened: frozenset[UUID], current: UUID | None) -> Ticks:
    lines = tuple(
        Line(
            place=place,
            is_done=place.key in done,
            is_opened=place.key in opened,
            is_current=place.key == current,
        )
        for place in outline.lessons
    )
    return Ticks(lines, sum(line.is_done for line in lines))


def _where_to_go_on(outline: Outline, progress: dict[UUID, LessonProgress]) -> Place | None:
    lessons = [
        learning.Lesson(
            key=place.key,
            code=place.code,
            title=place.title,
            minutes=place.minutes,
            module_key=outline.key,
            opened_at=None,
            last_seen_at=progress[place.key].last_seen_at if place.key in progress else None,
            done_at=progress[place.key].done_at if place.key in progress else None,
        )
        for place in outline.lessons
    ]
    found = learning.where_to_go_on(lessons)
    return next((place for place in outline.lessons if found and place.key == found.key), None)


def content_language(page) -> str:
    """The language a page is written in: its own, or that of the page it stands in for."""
    while page.alias_of_id:
        page = Page.objects.select_related("locale").get(pk=page.alias_of_id)
    return page.locale.language_code


def _language_of(page, pages) -> dict:
    """``content_lang`` for the lang attribute and a sentence that says it, where the page stands in for a missing one."""
    if not page.alias_of_id:
        return {}
    code = remembered(("language", page.pk), pages, lambda: content_language(page))
    if code == page.locale.language_code:
        return {}
    # Whole sentences: languages are declined differently in each language.
    sentences = {
        "sq": _("This page is in Albanian."),
        "en": _("This page is in English."),
        "sr": _("This page is in Serbian, in Cyrillic script."),
        "sr-latn": _("This page is in Serbian, in Latin script."),
    }
    return {"content_lang": code, "content_language": sentences.get(code, "")}


@shown_with(ModulePage)
def module(page, request) -> dict:
    """Context of a module: what it is for, its lessons with ticks, and where to go on."""
    pages = state(request)
    outline = remembered(("outline", page.pk, translation.get_language()), pages, lambda: _outline(page, request))
    progress, is_enrolled = _progress(request.user, page.translation_key)
    ticks = _ticks(outline, progress)
    return {
        "outline": outline,
        "accreditation": accreditation_badge(page, clock.local_day()) if page.accreditation_status != "none" else None,
        "outcomes": remembered(("outcomes", page.pk), pages, lambda: [each.text for each in page.outcomes.all()]),
        "lines": ticks.lines,
        "lessons_done": ticks.done,
        "minutes": sum(place.minutes for place in outline.lessons),
        "is_enrolled": is_enrolled,
        "resume": _where_to_go_on(outline, progress) if is_enrolled else None,
        "trail": outline.trail[:1],
    } | _language_of(page, pages)


@shown_with(LessonPage)
def lesson(page, request) -> dict:
    """Context of a lesson: the text for those who may read it, the outline, the way on."""
    pages = state(request)
    module_path = page.path[: -page.steplen]
    outline = remembered(
        ("lesson outline", module_path, translation.get_language()),
        pages,
        lambda: _outline(ModulePage.objects.select_related("locale").get(path=module_path), request),
    )
    progress, is_enrolled = _progress(request.user, outline.key)
    is_preview = getattr(request, "is_preview", False)
    keys = [place.key for place in outline.lessons]
    here = keys.index(page.translation_key) if page.translation_key in keys else len(keys)
    can_read = is_preview or is_enrolled or _may_read(request.user, page, outline)
    body = None
    if can_read:
        body = (
            _render(page, request)
            if is_preview
            else remembered(("body", page.pk, translation.get_language()), pages, lambda: _render(page, request))
        )
    return {
        "outline": outline,
        "ticks": _ticks(outline, progress, page.translation_key),
        "number": here + 1,
        "before": outline.lessons[here - 1] if 0 < here <= len(keys) else None,
        "after": outline.lessons[here + 1] if here + 1 < len(keys) else None,
        "is_enrolled": is_enrolled,
        "is_done": page.translation_key in progress and bool(progress[page.translation_key].done_at),
        "can_read": can_read,
        "body": body,
    } | _language_of(page, pages)


def _may_read(user, page, outline) -> bool:
    """People not enrolled: everybody reads a preview, the signed-in what is open, staff everything."""
    if page.is_preview:
        return True
    return user.is_authenticated and (outline.is_open or roles.has_role(user, *_READERS))


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The text of a lesson. Remembered: what changes is another one."""

    html: str
    weight: int  # bytes of pictures that load with the text


def _render(page, request) -> Body:
    context = {"page": page, "self": page, "written_in": content_language(page)}
    html = render_to_string("courses/lesson_body.html", context, request=request)
    return Body(html=mark_safe(html), weight=weight_of(page.body))


def go_to(request, key):
    """The lesson in the reader's language. An enrolled person reads it also after it left the catalogue (C4)."""
    pages = LessonPage.objects.filter(translation_key=key).select_related("locale")
    page = pages.filter(locale__language_code=translation.get_language()).first() or pages.first()
    if page is None:
        raise Http404
    if page.live:
        return redirect(page.get_url(request))
    person = getattr(request.user, "person", None)
    if person is None or not learning.enrolments_with(person, key):
        raise Http404
    return page.serve(request)


@login_required
@require_POST
def opened(request, key):
    """A lesson is on the screen: said by lesson.js. Answers without content; reading without recording is no error."""
    person = getattr(request.user, "person", None)
    try:
        learning.open_lesson(person, key)
    except learning.NotEnrolled:
        return HttpResponse(status=404)
    return HttpResponse(status=204)


@login_required
@require_POST
def done(request, key):
    """The learner says: done. Then on to the next lesson, or back to the module after the last."""
    get_object_or_404(LessonPage.objects.filter(translation_key=key)[:1])
    person = getattr(request.user, "person", None)
    try:
        learning.mark_done(person, key)
    except learning.NotEnrolled as error:
        messages.error(request, str(error))
    onward = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return redirect(onward)
    return redirect(reverse("courses:lesson", args=[key]))
