"""The front door: every room's addresses."""

from pathlib import Path

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from certification.api import api
from lms import health, views
from lms.pages import routing

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # Only pictures made for pages are public. Everything else in MEDIA_ROOT (register files, documents) is handed
    # out by views that ask who wants it; a proxy that serves /media/ itself must keep to this folder too.
    path("media/images/<path:path>", serve, {"document_root": Path(settings.MEDIA_ROOT) / "images"}),
    path("office/login/", views.office_login, name="office_login"),
    path("office/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("v/", include("certification.verify_urls")),
    path("", include("certification.published_urls")),
    path("api/v1/", api.urls),
]
if settings.SHOW_DESIGN:
    urlpatterns += [path("design/", include("lms.pages.design_urls"))]
urlpatterns += i18n_patterns(
    path("account/", include("lms.people.urls")),
    path("account/", include("allauth.urls")),
    path("my/", views.my, name="my"),
    path("learn/", include("courses.urls")),
    path("certificates/", include("certification.urls")),
    re_path(wagtail_urls.serve_pattern, routing.serve, name="wagtail_serve"),
    path("", include(wagtail_urls)),
)
