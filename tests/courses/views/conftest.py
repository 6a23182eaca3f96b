"""What the tests of this room's pages share."""

import pytest


@pytest.fixture
def cache_in_the_database(settings):
    """As in production without Redis: what the cache costs is counted, too."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}
    }
