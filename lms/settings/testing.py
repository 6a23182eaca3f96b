"""The suite: quick password hashing, mail in memory; database, queue, PDF and keys are the real ones."""

import os

os.environ.setdefault("SECRET_KEY", "testing-only-secret-key-that-protects-nothing-at-all-0123456789")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,127.0.0.1,localhost")
os.environ.setdefault("SIGNING_KEY", "dGVzdGluZy1vbmx5LXNpZ25pbmcta2V5LTMyLWJ5dGU=")
os.environ.setdefault("ACCESS_CODE_KEY", "11" * 32)
os.environ.setdefault("PERSONAL_NUMBER_KEY", "22" * 32)
os.environ.setdefault("SITE_URL", "http://127.0.0.1:8000")
os.environ.setdefault("EMAIL_URL", "memorymail://")

from lms.settings.base import *  # noqa: F403 - settings modules loosen the base by design
from lms.settings.base import BASE_DIR, DATABASES, Q_CLUSTER

DEBUG = False
DEMO = True
DERIVE_KEYS = True
SHOW_DESIGN = True
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http"
REQUIRE_SECOND_FACTOR = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "lms.people.sessions"
# The queue of the suite lives in the test database, whatever the environment says.
Q_CLUSTER = {key: value for key, value in Q_CLUSTER.items() if key != "redis"} | {"orm": "default"}
if "pool" in DATABASES["default"].get("OPTIONS", {}):
    DATABASES["default"]["OPTIONS"] = {}  # a pool would keep the test database from being dropped
# One database file per run, so that two runs on one machine do not meet; a file, so that worker processes see it too.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    (BASE_DIR / "var").mkdir(exist_ok=True)
    DATABASES["default"]["TEST"] = {"NAME": str(BASE_DIR / "var" / os.environ.get("TEST_DATABASE", "test.sqlite3"))}
elif os.environ.get("TEST_DATABASE"):
    DATABASES["default"]["TEST"] = {"NAME": os.environ["TEST_DATABASE"]}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "WARNING"}}
