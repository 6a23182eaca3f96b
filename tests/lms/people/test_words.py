"""The words of allauth that our catalogue translates are words allauth still has."""

import gettext
from pathlib import Path

import allauth

from lms.people import words


def test_every_listed_word_is_still_in_the_package():
    catalogue = Path(allauth.__file__).parent / "locale" / "fi" / "LC_MESSAGES" / "django.mo"
    with catalogue.open("rb") as file:
        known = gettext.GNUTranslations(file)._catalog

    sources = "".join(path.read_text() for path in Path(allauth.__file__).parent.rglob("*.po"))

    assert [word for word in words.ALL if word not in known and word.split("\n")[0][:40] not in sources] == []
