"""The options of a question: escaped, in their language, and before the answer without a word on what is right."""

from decimal import Decimal

import pytest
from django.utils import translation

from courses.operations.assessing import Item
from courses.views.questions import sections_of
from tests.factories import QuestionVersionFactory

pytestmark = pytest.mark.django_db

OPTIONS = [
    {"key": "a", "correct": True, "texts": {"en": "<b>1 & 2</b>"}},
    {"key": "b", "correct": False, "texts": {"sq": "Dy"}},
    {"key": '"c', "correct": False, "texts": {"en": "Three"}},
]


def written(what, **values):
    version = QuestionVersionFactory(options=OPTIONS, kind=values.pop("kind", "single"))
    section = sections_of([Item(3, version.pk, option_order=["b", "a", '"c'], **values)])[0]
    return getattr(section, what)


def test_the_fields_of_one_answer_in_the_order_shown():
    assert written("fields", answer=["a"], sequence=2) == (
        '<input type="hidden" name="s3" value="2">'
        '<label class="question__choice"><input type="radio" name="q3" value="b"><span lang="sq">Dy</span></label>'
        '<label class="question__choice"><input type="radio" name="q3" value="a" checked>'
        "<span>&lt;b&gt;1 &amp; 2&lt;/b&gt;</span></label>"
        '<label class="question__choice"><input type="radio" name="q3" value="&quot;c"><span>Three</span></label>'
    )


def test_several_answers_are_boxes():
    page = written("fields", kind="multiple", answer=["a", "b"])

    assert (page.count('type="checkbox"'), page.count(" checked>")) == (3, 2)


def test_feedback_tells_what_was_chosen_and_what_is_right():
    page = written("feedback", answer=["b"], mark=Decimal("0.0000"))

    wrong, right, other = page.split("</li>")[:3]
    assert 'class="feedback__choice feedback__choice--wrong"' in wrong
    assert '<span lang="sq">Dy</span>\n<span class="feedback__note">your answer</span>' in wrong
    assert 'class="feedback__choice feedback__choice--correct"' in right
    assert '<span>&lt;b&gt;1 &amp; 2&lt;/b&gt;</span>\n<span class="feedback__note">right answer</span>' in right
    assert 'class="feedback__choice"' in other
    assert "feedback__note" not in other


def test_feedback_speaks_the_language_of_the_reader():
    with translation.override("sq"):
        albanian = written("feedback", answer=["a"])
    english = written("feedback", answer=["a"])

    assert "your answer, right" in english
    assert "your answer" not in albanian
    assert "<span>Dy</span>" in albanian
