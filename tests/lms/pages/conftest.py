"""A small site: a home page in four languages."""

import pytest
from django.conf import settings
from wagtail.models import Locale, Page, Site

from lms.pages.models import HomePage, InformationPage


@pytest.fixture
def home(db):
    """The Albanian home page of a site whose home page exists in every language."""
    locales = {code: Locale.objects.get_or_create(language_code=code)[0] for code, _name in settings.LANGUAGES}
    Page.get_first_root_node().get_children().delete()
    root = Page.get_first_root_node()
    page = root.add_child(instance=HomePage(title="Dëshmi", slug="home", headline="Trajnim", locale=locales["sq"]))
    Site.objects.all().delete()
    Site.objects.create(hostname="testserver", root_page=page, is_default_site=True)
    for code, locale in locales.items():
        if code != "sq":
            twin = page.copy_for_translation(locale)
            twin.headline = f"Training ({code})"
            twin.save_revision().publish()
    return page


@pytest.fixture
def information(home):
    """An information page that exists in Albanian and English only."""
    page = home.add_child(instance=InformationPage(title="Rreth nesh", slug="about", body="<p>…</p>"))
    twin = page.copy_for_translation(Locale.objects.get(language_code="en"))
    twin.title = "About us"
    twin.slug = "about-us"
    twin.save_revision().publish()
    return page
