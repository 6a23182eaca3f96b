"""The gallery shows every component with its contract, and exists in development only."""

from pathlib import Path

import pytest
from django.conf import settings

from lms.pages import design

COMPONENTS = sorted(path.stem for path in (Path(settings.BASE_DIR) / "templates" / "components").glob("*.html"))
# Parts of the frame: every page shows them.
FRAME = {"footer", "header", "language_switch", "messages", "mark", "wordmark", "fields"}


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_says_in_its_first_line_what_it_takes(name):
    first = (Path(settings.BASE_DIR) / "templates" / "components" / f"{name}.html").read_text().splitlines()[0]

    assert first.startswith("{# ")
    assert "Takes" in first


def test_the_gallery_shows_every_component(client, db):
    page = client.get("/design/")

    shown = {component["name"] for component in page.context["components"]}
    assert shown == set(COMPONENTS) - FRAME


@pytest.mark.parametrize(("language", "tag"), [("sq", "sq"), ("sr-latn", "sr-Latn"), ("sr", "sr-Cyrl"), ("en", "en")])
def test_the_gallery_speaks_every_language(client, db, language, tag):
    page = client.get(f"/design/?lang={language}")

    assert f'<html lang="{tag}">' in page.content.decode()


def test_there_is_no_gallery_where_it_is_switched_off(client, db, settings):
    settings.SHOW_DESIGN = False

    assert client.get("/design/", follow=True).status_code == 404


def test_light_and_dark_halves_share_no_id():
    light = {context.get("id") for _name, contexts in design._samples("light") for context in contexts} - {None}
    dark = {context.get("id") for _name, contexts in design._samples("dark") for context in contexts} - {None}

    assert light
    assert light.isdisjoint(dark)
