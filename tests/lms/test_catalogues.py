"""Translations: every message of the code is in every catalogue, translated, with its placeholders; Latin follows Cyrillic."""

import polib
import pytest

from lms import catalogues
from lms.catalogues import Message

pytestmark = pytest.mark.once
EVERY = [*catalogues.WRITTEN, *catalogues.GENERATED]


def test_messages_are_read_from_python():
    source = """
_("Plain")
gettext_lazy("Two "
             "pieces")
ngettext("%(n)s place", "%(n)s places", n)
pgettext("month", "May")
_(variable)
"""

    assert list(catalogues.messages_in_python(source)) == [
        Message(None, "Plain", ""),
        Message(None, "Two pieces", ""),
        Message(None, "%(n)s place", "%(n)s places"),
        Message("month", "May", ""),
    ]


@pytest.mark.parametrize("call", ['_(f"Hello {name}")', '_("Hello " + name)', 'ngettext(one, "many", n)', "_()"])
def test_a_message_put_together_while_running_is_refused(call):
    with pytest.raises(catalogues.NotAConstant, match=r"page.py:1: "):
        list(catalogues.messages_in_python(call, "page.py"))


def test_messages_are_read_from_templates():
    source = """{% load i18n %}{% translate "Don't (stop)" context "verb" %}
{% blocktranslate count n=5 trimmed %}One place
    left{% plural %}{{ n }} places (or more) "left"{% endblocktranslate %}
{% include "a.html" with title=_("Hello) there") only %}"""

    assert list(catalogues.messages_in_template(source)) == [
        Message("verb", "Don't (stop)", ""),
        Message(None, "One place left", '%(n)s places (or more) "left"'),
        Message(None, "Hello) there", ""),
    ]


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("Њена лиценца %(number)s", "Njena licenca %(number)s"),
        ("ЊЕГОШ, КОЊ, Џ. Љубиша", "NJEGOŠ, KONJ, Dž. Ljubiša"),
        ('<a href="/сајт/">Овде</a> {место} &nbsp;%s', '<a href="/сајт/">Ovde</a> {место} &nbsp;%s'),
        ("Already Latin č", "Already Latin č"),
    ],
)
def test_latin_follows_cyrillic_and_keeps_what_is_not_text(cyrillic, latin):
    assert catalogues.in_latin(cyrillic) == latin


def test_updating_keeps_answers_and_drops_what_is_no_longer_said():
    known = polib.POFile()
    known.append(polib.POEntry(msgid="Kept", msgstr="Mbajtur"))
    known.append(polib.POEntry(msgid="Gone", msgstr="Ikur"))

    fresh = catalogues.updated(
        known,
        {Message(None, "Kept", ""): {"a.py"}, Message(None, "New", ""): {"b.py"}},
        "sq",
        "nplurals=2; plural=(n != 1);",
    )

    assert [(entry.msgid, entry.msgstr) for entry in fresh] == [("Kept", "Mbajtur"), ("New", "")]


def test_faults_are_told():
    entries = [
        polib.POEntry(msgid="Empty"),
        polib.POEntry(msgid="Half", msgid_plural="Halves", msgstr_plural={0: "Gjysmë", 1: ""}),
        polib.POEntry(msgid="Guess", msgstr="Hamendje", flags=["fuzzy"]),
        polib.POEntry(msgid="%(n)s days", msgstr="%(m)s ditë"),
        polib.POEntry(msgid="One day", msgid_plural="%(n)s days", msgstr_plural={0: "Një ditë", 1: "%(n)s ditë"}),
        polib.POEntry(msgid="For", msgstr="Për:"),
        polib.POEntry(msgid="Why:", msgstr="Pse:"),
    ]

    assert [(fault, entry.msgid) for fault, entry in catalogues.faults(entries)] == [
        ("not translated", "Empty"),
        ("not translated", "Half"),
        ("marked fuzzy", "Guess"),
        ("other placeholders than the original", "%(n)s days"),
        ("a colon at the end here but not there", "For"),
    ]


@pytest.mark.parametrize("locale", EVERY)
def test_no_message_lacks_a_good_translation(locale):
    catalogue = catalogues.read(locale)

    assert len(catalogue) > 0
    assert [f"{fault}: {entry.msgid}" for fault, entry in catalogues.faults(catalogue)] == []


@pytest.mark.parametrize("locale", EVERY)
def test_the_catalogue_holds_exactly_what_the_code_says(locale):
    said = set(catalogues.messages_in_code())
    known = {Message(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in catalogues.read(locale)}

    assert (sorted(said - known, key=str), sorted(known - said, key=str)) == ([], []), "run: make messages"


def test_serbian_latin_is_what_cyrillic_gives():
    for locale, (source, forms) in catalogues.GENERATED.items():
        assert str(catalogues.read(locale)) == str(catalogues.generated(catalogues.read(source), locale, forms))
