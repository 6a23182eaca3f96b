"""The catalogue, 32 visitors at once."""

from courses.models import CatalogueIndexPage


def measure(stage) -> dict:
    page = CatalogueIndexPage.objects.filter(locale__language_code="en").live().get()
    path = page.url
    return stage.compare(lambda _n: path, reach=300) | {"reach_statements": 8}
