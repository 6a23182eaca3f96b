"""Finding the page of an address in one statement instead of two per step of the path.

Wagtail walks from the root page down. Pages here live where their path says, so that the path is looked up whole;
what is found is remembered while no page changes. Anything unusual is left to Wagtail.
"""

from copy import copy

from django.utils import translation
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.url_routing import RouteResult
from wagtail.views import serve as wagtail_serve

from lms.pages.remembering import remembered, state


def serve(request, path):
    """Wagtail's own view, with the page already found."""
    found = _found(request, path)
    if found:
        request._wagtail_route_for_request = found
    return wagtail_serve(request, path)


def _found(request, path) -> RouteResult | None:
    pages = state(request)
    request._wagtail_cached_site_root_paths = roots = remembered("roots", pages, Site.get_site_root_paths)
    if len({root.site_id for root in roots}) != 1:
        return None  # several sites: the host decides, and Wagtail knows how
    # Wagtail compares every site with the host, and each page asks again.
    request._wagtail_site = remembered(("site", request.get_host()), pages, lambda: Site.find_for_request(request))
    root = next((root.root_path for root in roots if root.language_code == translation.get_language()), None)
    if root is None:
        return None
    page_class, pk = remembered(("route", root, path), pages, lambda: _look_up(root + path)) or (None, None)
    if page_class is None or page_class.route is not Page.route:
        return None
    known = remembered(
        ("page", pk),
        pages,
        lambda: page_class._default_manager.filter(pk=pk, live=True).select_related("locale").first(),
    )
    if known is None:
        return None
    page = copy(known)  # every request notes things on its own
    page._state = copy(known._state)
    page._state.fields_cache = {**known._state.fields_cache}
    # Wagtail asks for the restrictions of every page above; where the site has none at all, that is known already.
    page.nothing_is_restricted = not remembered("restricted", pages, PageViewRestriction.objects.exists)
    return RouteResult(page)


def _look_up(url_path):
    page = Page.objects.filter(url_path=url_path, live=True).select_related("content_type").first()
    return (page.specific_class, page.pk) if page and page.specific_class else None
