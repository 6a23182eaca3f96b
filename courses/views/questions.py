"""The questions of an attempt as its pages show them, worded in the language of the reader."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.utils import translation
from django.utils.safestring import SafeString

from courses.models import Assessment, QuestionVersion
from courses.operations import assessing
from courses.operations.assessing import Item
from courses.rules import marking
from courses.views.choices import feedback_of, fields_of
from lms.kernel.languages import FALLBACKS
from lms.pages.remembering import remembered_rows
from lms.pages.translations import bcp47


class Worded(NamedTuple):
    """A text with the language it is written in, "" when that is the language of the page."""

    text: str
    lang: str

    def __str__(self):
        return self.text

    def __bool__(self):
        return bool(self.text)


def worded(texts: dict[str, str]) -> Worded:
    language = translation.get_language() or settings.LANGUAGE_CODE
    for candidate in (*FALLBACKS.get(language, (language,)), *texts):
        if texts.get(candidate):
            return Worded(texts[candidate], "" if candidate == language else bcp47(candidate))
    return Worded("", "")


class Option(NamedTuple):
    key: str
    text: Worded
    is_correct: bool


class Wording(NamedTuple):
    """What a version of a question says to readers of one language."""

    vignette: Worded
    stem: Worded
    rationale: Worded
    is_multiple: bool
    options: tuple[Option, ...]


def _wordings(version_ids: Iterable[int]) -> dict[int, Wording]:
    """What these versions say in the active language."""

    def word(missing: list[int]) -> dict[int, Wording]:
        return {
            pk: Wording(
                vignette=worded(each.vignettes),
                stem=worded(each.stems),
                rationale=worded(each.rationales),
                is_multiple=each.is_multiple,
                options=tuple(Option(key, worded(texts), key in each.correct) for key, texts in each.options.items()),
            )
            for pk, each in assessing.said(missing).items()
        }

    return remembered_rows(("wordings", translation.get_language()), version_ids, word)


@dataclass(frozen=True, slots=True)
class Section:
    """One question as the page shows it."""

    slot: int
    version_id: int
    sequence: int
    wording: Wording
    options: tuple[Option, ...]  # in the order they are shown
    chosen: frozenset[str]
    is_right: bool

    @property
    def is_multiple(self) -> bool:
        return self.wording.is_multiple

    @property
    def is_answered(self) -> bool:
        return bool(self.chosen)

    @property
    def fields(self) -> SafeString:
        """What can be chosen, as fields of a form."""
        return fields_of(self)

    @property
    def feedback(self) -> SafeString:
        """What was chosen and what is right."""
        return feedback_of(self)


def sections_of(items: Collection[Item]) -> list[Section]:
    """The questions of an attempt as its pages show them."""
    wordings = _wordings(item.version_id for item in items)
    sections = []
    for item in items:
        wording = wordings[item.version_id]
        by_key = {option.key: option for option in wording.options}
        sections.append(
            Section(
                slot=item.slot,
                version_id=item.version_id,
                sequence=item.sequence,
                wording=wording,
                options=tuple([by_key[key] for key in item.option_order]),
                chosen=frozenset(item.answer),
                is_right=item.mark == marking.FULL,
            )
        )
    return sections


def drawn_for_preview(assessment: Assessment) -> list[Section]:
    """What a learner would meet if an attempt began now."""
    return sections_of(assessing.preview(assessment))


def marked_preview(assessment: Assessment, form) -> tuple[list[Section], marking.Result]:
    """A preview that was filled in: its questions with what is right, and the result. Nothing is stored."""
    slots = {
        int(name[1:]): int(value)
        for name, value in form.items()
        if name[:1] == "v" and name[1:].isdecimal() and value.isdecimal()
    }
    known = QuestionVersion.objects.filter(pk__in=slots.values(), question__module_code=assessment.module_code)
    versions = assessing.said(known.values_list("pk", flat=True))
    items = [
        Item(slot, pk, option_order=list(versions[pk].options), answer=form.getlist(f"q{slot}"))
        for slot, pk in sorted(slots.items())
        if pk in versions
    ]
    outcome = assessing.mark_preview(items, assessment.pass_mark)
    return sections_of(items), outcome
