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


ROW = """{% stencil rows alike="kind" filled="pk name" open=open %}<li id="{{ pk }}"{% if open %} open{% endif %}>
    {{ kind }} 100% {{ name }}, {{ name }}</li>
{% endstencil %}"""


class Line:
    def __init__(self, pk, name, kind="a"):
        self.pk, self.name, self.kind = pk, name, kind


def test_a_stencil_fills_every_row_into_the_piece_of_its_kind():
    rows = [Line(1, "Ana"), Line(2, "Bes", kind="b"), Line(3000, "Cen")]

    text = template(ROW).render(Context({"rows": rows, "open": True}))

    assert text == (
        '<li id="1" open>\na 100% Ana, Ana</li>\n'
        '<li id="2" open>\nb 100% Bes, Bes</li>\n'
        '<li id="3000" open>\na 100% Cen, Cen</li>\n'
    )


def test_a_stencil_escapes_what_it_fills_in_and_what_it_is_cut_from():
    text = template(ROW).render(Context({"rows": [Line(1, "<b>%s & {{ pk }}", kind="<i>")]}))

    assert text == '<li id="1">\n&lt;i&gt; 100% &lt;b&gt;%s &amp; {{ pk }}, &lt;b&gt;%s &amp; {{ pk }}</li>\n'


def test_a_stencil_shows_one_reader_nothing_of_another():
    piece = template(ROW)

    first = piece.render(Context({"rows": [Line(1, "Ana")], "open": True}))
    second = piece.render(Context({"rows": [Line(2, "Bes")], "open": False}))

    assert ("Ana" in first, " open" in first) == (True, True)
    assert second == '<li id="2">\na 100% Bes, Bes</li>\n'


def test_a_stencil_speaks_the_language_of_the_page():
    piece = template('{% load i18n %}{% stencil rows alike="kind" filled="pk" %}{% translate "Yes" %}{% endstencil %}')

    found = []
    for language in ("en", "sq", "en"):
        with translation.override(language):
            found.append(piece.render(Context({"rows": [Line(1, "")]})))

    assert found == ["Yes", "Po", "Yes"]


def test_a_stencil_does_not_decide_by_what_it_only_fills_in():
    piece = template('{% stencil rows alike="kind" filled="name" %}{% if name %}x{% endif %}{% endstencil %}')

    with pytest.raises(TypeError, match="alike"):
        piece.render(Context({"rows": [Line(1, "")]}))


@pytest.mark.parametrize("tag", ["{% stencil %}", "{% stencil rows %}", '{% stencil rows alike="kind" %}'])
def test_a_stencil_without_names_is_refused(tag):
    with pytest.raises(TemplateSyntaxError):
        template(tag + "{% endstencil %}")
