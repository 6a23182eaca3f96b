"""Languages of the content: four locales, where those nobody has written in yet show the nearest one that exists.

Wagtail-localize keeps an alias for every page that is missing in a language. English stands in from Albanian, both
Serbian scripts from English (what Serbian readers fall back on everywhere else, too). See docs/decisions.
"""

from django.conf import settings
from django.db import transaction
from wagtail.models import Locale
from wagtail_localize.models import LocaleSynchronization
from wagtail_localize.synctree import PageIndex, synchronize_tree

# language → the one it is filled from, in the order in which they are filled
STANDS_IN = {"en": "sq", "sr": "en", "sr-latn": "en"}


@transaction.atomic
def ensure_locales() -> dict[str, Locale]:
    """The locale of every language of the product, with what fills it. Safe to repeat; an administrator's choice of
    another source stays.
    """
    locales = {code: Locale.objects.get_or_create(language_code=code)[0] for code, _name in settings.LANGUAGES}
    for code, source in STANDS_IN.items():
        LocaleSynchronization.objects.get_or_create(locale=locales[code], defaults={"sync_from": locales[source]})
    return locales


def fill_languages() -> None:
    """Put an alias wherever a page is missing in a language. Safe to repeat; call it after loading pages in bulk.

    In the office this happens with every new page.
    """
    locales = ensure_locales()
    for code in STANDS_IN:
        source = LocaleSynchronization.objects.select_related("sync_from").get(locale=locales[code]).sync_from
        # Read anew each time: the aliases made for one language are what the next is filled from.
        synchronize_tree(source, locales[code], page_index=PageIndex.from_database().sort_by_tree_position())
