"""Publishing cuts an edition: the facts of a programme as they stand on the day, frozen in every language."""

import hashlib
import logging

import rfc8785
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from courses.models import (
    Assessment,
    Edition,
    EditionAssessment,
    EditionDay,
    EditionLesson,
    EditionModule,
    LessonPage,
    ModulePage,
    ProgrammePage,
    QuestionVersion,
)
from lms.kernel import clock
from lms.kernel.languages import localized

log = logging.getLogger(__name__)

# What an edition takes from the programme page unchanged.
_SAME = ("mode", "languages", "audiences", "is_open", "needs_licence", "licence_in_force", "valid_months", "is_demo")


class PublishRefused(Exception):
    """The programme cannot be offered as it stands. The message says what is missing and where."""


@transaction.atomic
def cut_edition(programme_page) -> Edition:
    """Freeze the programme of ``programme_page`` (any of its translations) into an edition.

    Safe to repeat: when nothing changed since the latest edition, that one is returned.
    Raises PublishRefused when it could not be completed or an assessment could not draw its questions.
    """
    # Two people publishing at once wait for each other, so that numbers are given once.
    list(ProgrammePage.objects.select_for_update().filter(translation_key=programme_page.translation_key))
    facts = facts_of(programme_page.translation_key)
    digest = hashlib.sha256(rfc8785.dumps(facts)).hexdigest()
    latest = Edition.objects.filter(programme_code=facts["programme_code"]).order_by("-number").first()
    if latest and latest.facts_sha256 == digest:
        return latest
    edition = _freeze(facts, digest, number=(latest.number if latest else 0) + 1)
    log.info("Cut edition %s of %s", edition.number, edition.programme_code)
    return edition


def cut_editions_with_page(page) -> list[Edition]:
    """Cut an edition of every live programme that ``page`` (a programme, module or lesson) belongs to.

    Each programme by itself: one that is refused does not keep the others back. Raises PublishRefused at the end.
    """
    return _cut_each(_programmes_with(page))


def editions_with_page(page) -> list[Edition]:
    """The edition that holds now of every live programme that ``page`` belongs to. Reads only.

    Raises PublishRefused when one of them cannot be offered as it stands today.
    """
    facts = [facts_of(programme.translation_key) for programme in _programmes_with(page)]
    newest = (
        Edition.objects.filter(programme_code=each["programme_code"]).order_by("-number").first() for each in facts
    )
    return [edition for edition in newest if edition is not None]


def _programmes_with(page) -> list[ProgrammePage]:
    if isinstance(page, ProgrammePage):
        return [page]
    module = page.get_parent() if isinstance(page, LessonPage) else page
    return _programmes(programme_modules__module__translation_key=module.translation_key)


def cut_editions_with_module_code(code: str) -> list[Edition]:
    """Cut an edition of every live programme with the module of this code: its questions or assessment changed."""
    return _cut_each(_programmes(programme_modules__module__code=code))


def _programmes(**conditions) -> list[ProgrammePage]:
    pages = ProgrammePage.objects.live().filter(alias_of__isnull=True, **conditions)
    return list({page.translation_key: page for page in pages}.values())


def _cut_each(pages) -> list[Edition]:
    editions, refused = [], None
    for page in pages:
        try:
            editions.append(cut_edition(page))
        except PublishRefused as error:
            refused = error
    if refused:
        raise refused
    return editions


def facts_of(page_key) -> dict:
    """Everything an edition states about the programme with translation key ``page_key``, as plain JSON values.

    Raises PublishRefused.
    """
    pages = _translations(ProgrammePage, [page_key]).get(page_key)
    if not pages:
        raise PublishRefused(_("No language version of this programme is published. Publish one first."))
    page = pages[0]
    days = _days(pages)
    modules = _modules(page)
    assessments = _assessments([module["code"] for module in modules])
    rule = {
        "days": [day["code"] for day in days] if page.needs_all_days else [],
        "modules": [module["code"] for module in modules] if page.needs_all_modules else [],
        "assessments": [assessment["code"] for assessment in assessments] if page.needs_assessments else [],
    }
    if not any(rule.values()):
        raise PublishRefused(
            _(
                "“%(title)s” is not completable: no training day, module or assessment is required. "
                "Add at least one and tick under “Completed when” that it is needed."
            )
            % {"title": page.title}
        )
    _refuse_reading_alone(modules, assessments, rule)
    if accredited := _accredited(page, modules):
        rule["accreditation"] = accredited
    return {
        "programme_code": page.code,
        "page_key": str(page.translation_key),
        "titles": _texts(pages, "title"),
        "summaries": _texts(pages, "summary"),
        "outcomes": _by_position({_language(each): [o.text for o in each.outcomes.all()] for each in pages}),
        "hours": str(page.hours),
        "accreditation": _accreditation(page),
        "days": days,
        "modules": modules,
        "assessments": assessments,
        "rule": rule,
    } | {name: getattr(page, name) for name in _SAME}


def _accreditation(page) -> dict:
    return {
        "status": page.accreditation_status,
        "body": page.accreditation_body,
        "number": page.accreditation_number,
        "from": page.accredited_from.isoformat() if page.accredited_from else None,
        "to": page.accredited_until.isoformat() if page.accredited_until else None,
    }


def _accredited(page, modules: list[dict]) -> list[str]:
    """What is published as accredited and must be so on the days of the evidence: the programme, then its modules."""
    codes = [page.code] if page.accreditation_status == "accredited" else []
    if page.needs_all_modules or page.needs_assessments:
        codes += [module["code"] for module in modules if module["accreditation"]["status"] == "accredited"]
    if len(set(codes)) < len(codes):
        raise PublishRefused(
            _("The programme and one of its modules have the same code %(code)s. Give the module another.")
            % {"code": page.code}
        )
    return codes


def _refuse_reading_alone(modules: list[dict], assessments: list[dict], rule: dict) -> None:
    """That lessons were opened is never all that an accredited module asks for (behaviour C6)."""
    tested = {each["module_code"] for each in assessments if each["code"] in rule["assessments"]}
    for module in modules:
        is_accredited = module["accreditation"]["status"] == "accredited"
        if is_accredited and module["code"] in rule["modules"] and module["code"] not in tested:
            raise PublishRefused(
                _(
                    "The module “%(title)s” is accredited, and reading alone does not complete it. Give it an assessment, "
                    "and tick under “Completed when” that assessments are needed."
                )
                % {"title": localized(module["titles"])}
            )


def _language(page) -> str:
    return page.locale.language_code


def _translations(model, keys) -> dict:
    """Live pages that somebody wrote (no aliases) by translation key, the one in the default language first."""
    found: dict = {}
    for page in model.objects.live().filter(translation_key__in=keys, alias_of__isnull=True).select_related("locale"):
        found.setdefault(page.translation_key, []).append(page)
    for pages in found.values():
        pages.sort(key=lambda page: (not page.locale.is_default, page.locale_id))
    return found


def _texts(pages, field) -> dict[str, str]:
    return {_language(page): getattr(page, field) for page in pages if getattr(page, field)}


def _by_position(texts: dict[str, list[str]]) -> list[dict[str, str]]:
    """[{language: first text}, {language: second text} …]; a language with fewer texts is missing at the end."""
    return [
        {language: words[position] for language, words in texts.items() if position < len(words)}
        for position in range(max((len(words) for words in texts.values()), default=0))
    ]


def _days(pages) -> list[dict]:
    titles: dict[str, dict[str, str]] = {}
    for page in pages:
        for day in page.training_days.all():
            titles.setdefault(day.code, {})[_language(page)] = day.title
    days = [
        {"code": day.code, "workshop": day.workshop, "titles": titles[day.code], "hours": str(day.hours)}
        for day in pages[0].training_days.all()
    ]
    codes = [day["code"] for day in days]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice:
        raise PublishRefused(_("Two training days have the code %(code)s. Give each day its own.") % {"code": twice})
    return days


def _modules(page) -> list[dict]:
    chosen = [row.module for row in page.programme_modules.select_related("module")]
    keys = [module.translation_key for module in chosen]
    written = _translations(ModulePage, keys)
    modules = []
    for module in chosen:
        pages = written.get(module.translation_key)
        if not pages:
            raise PublishRefused(
                _("The module “%(title)s” is not published. Publish it, or take it out of the programme.")
                % {"title": module.title}
            )
        lessons = _lessons(pages[0])
        if not lessons:
            raise PublishRefused(
                _("The module “%(title)s” has no published lesson. Publish one first.") % {"title": module.title}
            )
        modules.append(
            {
                "code": pages[0].code,
                "page_key": str(module.translation_key),
                "titles": _texts(pages, "title"),
                "hours": str(pages[0].hours),
                "accreditation": _accreditation(pages[0]),
                "lessons": lessons,
            }
        )
    return modules


def _lessons(module) -> list[dict]:
    pages = list(LessonPage.objects.child_of(module).live().order_by("path"))
    written = _translations(LessonPage, [page.translation_key for page in pages])
    return [
        {
            "code": page.code,
            "page_key": str(page.translation_key),
            "titles": _texts(written.get(page.translation_key, [page]), "title"),
            "minutes": page.minutes,
        }
        for page in pages
    ]


def _assessments(module_codes) -> list[dict]:
    order = {code: position for position, code in enumerate(module_codes)}
    assessments = sorted(
        Assessment.objects.filter(module_code__in=module_codes), key=lambda each: (order[each.module_code], each.code)
    )
    pools: dict[str, list[int]] = {}
    newest = (
        QuestionVersion.objects.filter(question__module_code__in=module_codes, question__retired_at__isnull=True)
        .values("question", "question__module_code", "question__code")
        .annotate(newest=Max("id"))
        .order_by("question__code")
    )
    for row in newest:
        pools.setdefault(row["question__module_code"], []).append(row["newest"])
    for each in assessments:
        available = len(pools.get(each.module_code, []))
        if not 1 <= each.questions_per_attempt <= available:
            raise PublishRefused(
                _(
                    "The assessment %(code)s draws %(wanted)d questions, but the bank has %(available)d for module "
                    "%(module)s. Add questions or let it draw fewer."
                )
                % {
                    "code": each.code,
                    "wanted": each.questions_per_attempt,
                    "available": available,
                    "module": each.module_code,
                }
            )
    return [
        {
            "code": each.code,
            "module_code": each.module_code,
            "titles": each.titles,
            "questions_per_attempt": each.questions_per_attempt,
            "pass_mark": str(each.pass_mark),
            "attempts_allowed": each.attempts_allowed,
            "minutes": each.minutes,
            "pool": pools[each.module_code],
        }
        for each in assessments
    ]


def _freeze(facts: dict, digest: str, *, number: int) -> Edition:
    parts = ("days", "modules", "assessments")
    edition = Edition.objects.create(
        number=number,
        facts_sha256=digest,
        published_at=clock.now(),
        **{name: value for name, value in facts.items() if name not in parts},
    )
    EditionDay.objects.bulk_create(
        EditionDay(edition=edition, position=position, **day) for position, day in enumerate(facts["days"], 1)
    )
    for position, module in enumerate(facts["modules"], 1):
        row = EditionModule.objects.create(
            edition=edition,
            position=position,
            **{name: value for name, value in module.items() if name != "lessons"},
        )
        EditionLesson.objects.bulk_create(
            EditionLesson(module=row, position=place, **lesson) for place, lesson in enumerate(module["lessons"], 1)
        )
    EditionAssessment.objects.bulk_create(
        EditionAssessment(edition=edition, position=position, **assessment)
        for position, assessment in enumerate(facts["assessments"], 1)
    )
    edition.refresh_from_db()  # texts become the decimals and keys that readers of the row see
    return edition
