"""What can be chosen in a question, before and after it was answered.

Twenty questions of four options are most of a page. They are written here rather than in a template, which would spend
half of the page's time on them.
"""

from functools import lru_cache

from django.utils import translation
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from lucide.templatetags.lucide import lucide

_LIMIT = 4000  # options in their languages

_escaped = lru_cache(maxsize=_LIMIT)(escape)


@lru_cache(maxsize=_LIMIT)
def _span(text: str, lang: str) -> SafeString:
    return format_html('<span lang="{}">{}</span>', lang, text) if lang else format_html("<span>{}</span>", text)


def fields_of(section) -> SafeString:
    """The sequence last known and the options of a question (views.questions.Section), as fields of a form."""
    slot = int(section.slot)
    field = (
        f'<label class="question__choice"><input type="{"checkbox" if section.is_multiple else "radio"}" name="q{slot}"'
    )
    written = [f'<input type="hidden" name="s{slot}" value="{int(section.sequence)}">']
    for option in section.options:
        checked = " checked" if option.key in section.chosen else ""
        written.append(f'{field} value="{_escaped(option.key)}"{checked}>{_span(*option.text)}</label>')
    return mark_safe("".join(written))


def feedback_of(section) -> SafeString:
    """The options of an answered question (views.questions.Section): what was chosen and what is right."""
    frames = _frames(translation.get_language())
    written = []
    for option in section.options:
        before, after = frames[option.is_correct, option.key in section.chosen]
        written.append(f"{before}{_span(*option.text)}{after}")
    return mark_safe("".join(written))


@lru_cache(maxsize=20)
def _frames(language: str) -> dict[tuple[bool, bool], tuple[str, str]]:
    """What stands before and after an option that is (right, chosen), in the active ``language``."""
    return {
        (True, True): _frame(" feedback__choice--correct", "circle-check", gettext("your answer, right")),
        (True, False): _frame(" feedback__choice--correct", "circle-check", gettext("right answer")),
        (False, True): _frame(" feedback__choice--wrong", "circle-x", gettext("your answer")),
        (False, False): _frame("", "circle", ""),
    }


def _frame(kind: str, icon: str, note: str) -> tuple[str, str]:
    before = format_html('<li class="feedback__choice{}">\n{}\n<p>', kind, lucide(icon, size=20, aria_hidden="true"))
    said = format_html('<span class="feedback__note">{}</span>', note) if note else ""
    return before, f"\n{said}</p>\n</li>\n"
