"""Production as it is, with one more address: the empty view."""

from lms.settings.base import *  # noqa: F403 - production, unchanged

ROOT_URLCONF = "benchmarks.urls"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DEMO = True
DERIVE_KEYS = True
REQUIRE_SECOND_FACTOR = False
