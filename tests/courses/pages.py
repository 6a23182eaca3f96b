"""A small catalogue of real pages for tests: home, catalogue, a module of two lessons, a programme."""

from wagtail.models import Locale, Page, Site

from courses.models import CatalogueIndexPage, LessonPage, ModulePage, ProgrammePage
from courses.models.catalogue import ProgrammeModule, ProgrammeOutcome, TrainingDay
from courses.operations import publishing, translating
from lms.pages.models import HomePage


def catalogue_page() -> CatalogueIndexPage:
    """The catalogue at /sq/trajnimet/, made once per test."""
    found = CatalogueIndexPage.objects.first()
    if found:
        return found
    locale = translating.ensure_locales()["sq"]
    root = Page.objects.get(depth=1)
    home = root.add_child(instance=HomePage(title="Dëshmi", slug="ballina", headline="Mirë se vini", locale=locale))
    site = Site.objects.first() or Site(hostname="testserver", is_default_site=True)
    site.root_page = home
    site.save()
    return home.add_child(instance=CatalogueIndexPage(title="Trajnimet", slug="trajnimet", locale=locale))


def module_page(code="M1", lessons=2, **fields) -> ModulePage:
    module = catalogue_page().add_child(
        instance=ModulePage(**{"title": f"Moduli {code}", "slug": code.lower(), "code": code, "hours": 2} | fields)
    )
    for number in range(1, lessons + 1):
        lesson_page(module, f"{code}-L{number}")
    return module


def lesson_page(module, code, body=(("text", "<p>Teksti</p>"),), **fields) -> LessonPage:
    values = {"title": f"Mësimi {code}", "slug": code.lower(), "code": code, "minutes": 20, "summary": "Përmbledhje"}
    return module.add_child(instance=LessonPage(body=list(body), **values | fields))


def programme_page(code="REF", *, days=0, modules=(), **fields) -> ProgrammePage:
    """A live programme, not cut into an edition yet."""
    values = {
        "title": f"Programi {code}",
        "slug": code.lower(),
        "summary": "Për kë është",
        "mode": "workshop" if days else "online",
        "hours": 6 * days + 2 * len(modules),
        "is_open": True,
    }
    page = ProgrammePage(code=code, **values | fields)
    page.outcomes = [ProgrammeOutcome(text="Të veproni drejt")]
    page.training_days = [TrainingDay(code=f"D{n}", title=f"Dita {n}", hours=6) for n in range(1, days + 1)]
    page.programme_modules = [ProgrammeModule(module=module) for module in modules]
    return catalogue_page().add_child(instance=page)


def published(code="REF", **kwargs):
    """A programme page and its first edition."""
    page = programme_page(code, **kwargs)
    return page, publishing.cut_edition(page)


def english(page, **fields):
    """The page written in English too, and published."""
    locale = Locale.objects.get(language_code="en")
    twin = page.copy_for_translation(locale, copy_parents=True)
    for name, value in fields.items():
        setattr(twin, name, value)
    twin.save_revision().publish()
    return type(page).objects.get(pk=twin.pk)
