"""Templates compiled once for each language: the same page as Django's own, with less to do for it."""

import pytest
from django.template import Context, Engine, TemplateDoesNotExist, engines
from django.template.base import TextNode
from django.utils import translation

from lms.pages.folding import fold
from lms.settings.environment import BASE_DIR

LIBRARIES = "{% load i18n static lucide %}"


def compiled(source):
    """(the template as Django compiles it, the same one folded in the active language)."""
    engine = engines["django"].engine
    plain, folded = (engine.from_string(LIBRARIES + source) for _ in range(2))
    fold(folded.nodelist, folded)
    return plain, folded


@pytest.mark.parametrize(
    "source",
    [
        '{% translate "Menu" %}',
        "{% translate 'Yes' context 'answer' %}",
        "{% blocktranslate %}Sign in{% endblocktranslate %}",
        '{% lucide "check" size=20 aria_hidden="true" %}',
        '{% url "account_login" %}',
        '{% static "css/site.css" %}',
        '{% include "components/mark.html" with size=20 only %}',
        "a{# nothing #}b{% comment %}c{% endcomment %}",
    ],
)
@pytest.mark.parametrize("language", ["sq", "sr"])
def test_what_cannot_vary_becomes_text(source, language):
    with translation.override(language):
        plain, folded = compiled(source)

        assert [type(node) for node in folded.nodelist] == [TextNode]
        assert folded.render(Context()) == plain.render(Context())


@pytest.mark.parametrize(
    "source",
    [
        "{{ name }}",
        "{% translate name %}",
        '{% translate "Menu" as menu %}',
        "{% blocktranslate %}Sign in {{ name }}{% endblocktranslate %}",
        "{% lucide icon %}",
        '{% url "verify:certificate" name %}',
        '{% include "components/badge.html" with text=name only %}',
        '{% include "components/badge.html" with text="x" %}',
    ],
)
def test_what_may_vary_is_left(source):
    plain, folded = compiled(source)

    for context in ({"name": "<A>", "icon": "check"}, {"name": "B", "icon": "x"}):
        assert folded.render(Context(context)) == plain.render(Context(context))


def test_branches_and_loops_are_folded_inside():
    source = (
        '{% for n in numbers %}{% if n %}{% translate "Yes" %}!{% else %}{% translate "No" %}{% endif %}{% endfor %}'
    )
    plain, folded = compiled(source)
    branches = folded.nodelist[0].nodelist_loop[0].conditions_nodelists

    assert [[type(node) for node in nodes] for _condition, nodes in branches] == [[TextNode], [TextNode]]
    assert folded.render(Context({"numbers": [0, 1]})) == plain.render(Context({"numbers": [0, 1]}))


def test_a_part_in_another_language_keeps_that_language():
    plain, folded = compiled('{% language "sq" %}{% translate "Yes" %}{% endlanguage %}{% translate "Yes" %}')

    assert folded.render(Context()) == plain.render(Context()) == "PoYes"


@pytest.fixture
def engine(tmp_path):
    """An engine over one folder, as production has it."""
    own = ("lms.pages.folding.Loader", ["django.template.loaders.filesystem.Loader"])
    return Engine(
        dirs=[tmp_path, BASE_DIR / "templates"], loaders=[own], libraries={"i18n": "django.templatetags.i18n"}
    )


def test_one_file_is_kept_once_for_each_language(engine, tmp_path):
    (tmp_path / "yes.html").write_text('{% load i18n %}{% translate "Yes" %}')

    with translation.override("en"):
        english, again = engine.get_template("yes.html"), engine.get_template("yes.html")
    with translation.override("sq"):
        albanian = engine.get_template("yes.html")

    assert english is again
    assert (english.render(Context()), albanian.render(Context())) == ("Yes", "Po")


def test_a_template_that_is_not_there_is_said_each_time(engine):
    for _ in range(2):
        with pytest.raises(TemplateDoesNotExist):
            engine.get_template("nowhere.html")
