"""Pieces of a page that are rendered once: nothing in them but what they are remembered under."""

import pytest
from django.template import Context, TemplateSyntaxError, engines
from django.utils import translation
from django.utils.safestring import mark_safe


def template(source):
    return engines["django"].engine.from_string(source)


def test_a_piece_is_rendered_once_for_the_same_values():
    asked = []
    piece = template("{% remembered name=name %}{{ name }}{% endremembered %}")

    class Name(str):
        def __str__(self):
            asked.append(1)
            return "A"

    texts = [piece.render(Context({"name": Name("A")})) for _ in range(3)]

    assert texts == ["A", "A", "A"]
    assert len(asked) == 1


def test_a_piece_sees_only_what_it_is_remembered_under():
    piece = template("{% remembered name=name %}{{ name }}{{ request.user }}{{ secret }}{% endremembered %}")

    assert piece.render(Context({"name": "A", "secret": "B", "request": {"user": "C"}})) == "A"


def test_other_values_are_another_piece():
    piece = template("{% remembered name=name %}{{ name }}{% endremembered %}")

    assert [piece.render(Context({"name": name})) for name in "ABA"] == ["A", "B", "A"]


def test_every_language_has_its_own():
    piece = template('{% load i18n %}{% remembered n=1 %}{% translate "Yes" %}{% endremembered %}')

    found = []
    for language in ("en", "sq", "en"):
        with translation.override(language):
            found.append(piece.render(Context()))

    assert found == ["Yes", "Po", "Yes"]


def test_text_that_is_safe_does_not_stand_in_for_the_same_text_that_is_not():
    piece = template("{% remembered name=name %}{{ name }}{% endremembered %}")

    assert piece.render(Context({"name": mark_safe("<b>")})) == "<b>"
    assert piece.render(Context({"name": "<b>"})) == "&lt;b&gt;"


@pytest.mark.parametrize("tag", ["{% remembered %}", "{% remembered name %}"])
def test_a_piece_without_named_values_is_refused(tag):
    with pytest.raises(TemplateSyntaxError):
        template(tag + "{% endremembered %}")
