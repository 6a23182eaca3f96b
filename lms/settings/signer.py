"""The signer (deploy/deshmi-signer.service): the keys that sign, and nothing else. No database, no web."""

import os

# What web and worker need and the signer must not have.
for _name in ("SECRET_KEY", "SIGNING_KEY", "ACCESS_CODE_KEY", "PERSONAL_NUMBER_KEY"):
    os.environ.setdefault(_name, "not known to the signer")

from lms.settings.base import *  # noqa: E402, F403 - settings modules loosen the base by design

DATABASES: dict = {}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
IS_SIGNER = True
