"""The question bank: what a question says is changed by a new version; a question in use is retired, never deleted."""

import logging
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from courses.models import Question, QuestionVersion
from lms.kernel import clock

log = logging.getLogger(__name__)

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,39}")
OPTION_KEY = re.compile(r"[a-z0-9]{1,8}")
# How the languages are written in content files, beside their own codes.
_ALIASES = {"sr_latn": "sr-latn", "sr_cyrl": "sr"}


class QuestionRefused(Exception):
    """The question cannot be kept like that. The message says what is missing and where."""


@dataclass(frozen=True, slots=True)
class Option:
    key: str  # stays the same in every language and version
    is_correct: bool
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Content:
    """What a version says, in every language it is written in."""

    kind: str
    stems: Mapping[str, str]
    options: Sequence[Option]
    vignettes: Mapping[str, str] = field(default_factory=dict)
    rationales: Mapping[str, str] = field(default_factory=dict)
    difficulty: int = 2


@transaction.atomic
def add(code: str, content: Content, *, module_code: str, outcome: str = "", by) -> Question:
    """Put a new question into the bank. Raises QuestionRefused."""
    if not CODE.fullmatch(code):
        raise QuestionRefused(
            _("The code “%(code)s” must be 2 to 40 capital letters, digits and hyphens, such as M1-Q16.")
            % {"code": code}
        )
    values = _checked(content)
    question, is_new = Question.objects.get_or_create(
        code=code, defaults={"module_code": module_code, "outcome": outcome}
    )
    if not is_new:
        raise QuestionRefused(_("The code %(code)s is taken. Choose another.") % {"code": code})
    QuestionVersion.objects.create(question=question, number=1, **values)
    log.log(logging.INFO if by else logging.DEBUG, "Added question %s by user %s", code, getattr(by, "pk", None))
    return question


@transaction.atomic
def change(question: Question, content: Content, *, outcome: str | None = None, by) -> QuestionVersion:
    """Give ``question`` a new version, unless it says the same already. Returns the version that stands.

    Attempts and published editions keep the version they pinned. Raises QuestionRefused.
    """
    values = _checked(content)
    question = Question.objects.select_for_update().get(pk=question.pk)
    if outcome is not None and outcome != question.outcome:
        question.outcome = outcome
        question.save(update_fields=["outcome"])
    latest = question.versions.order_by("-number").first()
    if latest and all(getattr(latest, name) == value for name, value in values.items()):
        return latest
    version = QuestionVersion.objects.create(question=question, number=latest.number + 1 if latest else 1, **values)
    log.info("Changed question %s to version %s by user %s", question.code, version.number, getattr(by, "pk", None))
    return version


def retire(question: Question, *, by) -> None:
    """Take ``question`` out of future editions; new attempts draw it only when the pool would not suffice without."""
    if Question.objects.filter(pk=question.pk, retired_at__isnull=True).update(retired_at=clock.now()):
        log.info("Retired question %s by user %s", question.code, getattr(by, "pk", None))


def bring_back(question: Question, *, by) -> None:
    """Undo a retirement."""
    if Question.objects.filter(pk=question.pk, retired_at__isnull=False).update(retired_at=None):
        log.info("Brought back question %s by user %s", question.code, getattr(by, "pk", None))


@transaction.atomic
def load_question(data: Mapping[str, Any], *, module_code: str) -> QuestionVersion:
    """Take a question as content files write it (id, outcome, difficulty, type, vignette, stem, options, rationale).

    Safe to repeat: the same words make no new version. Raises QuestionRefused.
    """
    content = Content(
        kind=data["type"],
        stems=_texts(data["stem"]),
        options=[
            Option(str(option["key"]), bool(option["correct"]), _texts(option, besides=("key", "correct")))
            for option in data["options"]
        ],
        vignettes=_texts(data.get("vignette") or {}),
        rationales=_texts(data.get("rationale") or {}),
        difficulty=data.get("difficulty", 2),
    )
    outcome = data.get("outcome") or ""
    question = Question.objects.filter(code=data["id"]).first()
    if question is None:
        question = add(data["id"], content, module_code=module_code, outcome=outcome, by=None)
        return question.versions.get()
    return change(question, content, outcome=outcome, by=None)


def content_of(version: QuestionVersion) -> Content:
    """What ``version`` says, to be changed and given back."""
    return Content(
        kind=version.kind,
        stems=version.stems,
        options=[Option(option["key"], option["correct"], option["texts"]) for option in version.options],
        vignettes=version.vignettes,
        rationales=version.rationales,
        difficulty=version.difficulty,
    )


def _texts(texts: Mapping[str, Any], besides: Sequence[str] = ()) -> dict[str, str]:
    known = dict(settings.LANGUAGES)
    named = {_ALIASES.get(language, language): text for language, text in texts.items() if language not in besides}
    return {language: text for language, text in named.items() if language in known}


def _tidy(texts: Mapping[str, str]) -> dict[str, str]:
    """NFC, no blanks at the ends, empty languages left out."""
    tidied = {language: unicodedata.normalize("NFC", str(text)).strip() for language, text in texts.items()}
    return {language: text for language, text in tidied.items() if text}


def _checked(content: Content) -> dict[str, Any]:
    """``content`` as the fields of a version. Raises QuestionRefused."""
    stems = _tidy(content.stems)
    options: list[dict[str, Any]] = [
        {"key": option.key, "correct": option.is_correct, "texts": _tidy(option.texts)} for option in content.options
    ]
    correct = sum(option["correct"] for option in options)
    keys = [option["key"] for option in options]
    names = dict(settings.LANGUAGES)
    if content.kind not in QuestionVersion.Kind.values:
        raise QuestionRefused(_("Choose whether the question takes one answer or several."))
    if not stems:
        raise QuestionRefused(_("Write the question in at least one language."))
    if len(options) < 2:
        raise QuestionRefused(_("Give at least two options to choose from."))
    if len(set(keys)) < len(keys) or not all(OPTION_KEY.fullmatch(key) for key in keys):
        raise QuestionRefused(_("Every option needs its own key: a, b, c …"))
    for language in stems:
        for option in options:
            if not option["texts"].get(language):
                raise QuestionRefused(
                    _("Option %(key)s has no text in %(language)s, but the question has.")
                    % {"key": option["key"], "language": names.get(language, language)}
                )
    if content.kind == QuestionVersion.Kind.SINGLE and correct != 1:
        raise QuestionRefused(_("Mark exactly one option as correct, or choose “several answers”."))
    if correct < 1 or correct == len(options):
        raise QuestionRefused(_("Mark at least one option as correct and leave at least one that is not."))
    return {
        "kind": str(content.kind),
        "stems": stems,
        "options": options,
        "vignettes": _tidy(content.vignettes),
        "rationales": _tidy(content.rationales),
        "difficulty": content.difficulty,
    }
