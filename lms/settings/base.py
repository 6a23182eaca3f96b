"""Production. Everything that differs between installations comes from the environment."""

import sys
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from lms.settings.environment import BASE_DIR, env, required

# --- What must be said before we start -------------------------------------------------------------

SECRET_KEY = required("SECRET_KEY", "$(python -c 'import secrets; print(secrets.token_urlsafe(50))')")
ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS", "learn.example.org,www.example.org").split(",")]
# Ed25519 seed, 32 bytes in base64. Seals the facts of every certificate.
SIGNING_KEY = required(
    "SIGNING_KEY", "$(python -c 'import os,base64; print(base64.b64encode(os.urandom(32)).decode())')"
)
# Keyed hash of the access codes printed on certificates. Losing it makes every printed code useless.
ACCESS_CODE_KEY = required("ACCESS_CODE_KEY", "$(python -c 'import secrets; print(secrets.token_hex(32))')")
# Encrypts personal numbers at rest and keys their blind index.
PERSONAL_NUMBER_KEY = required("PERSONAL_NUMBER_KEY", "$(python -c 'import secrets; print(secrets.token_hex(32))')")

DEBUG = False
SITE_URL = env.str("SITE_URL", default=f"https://{ALLOWED_HOSTS[0]}")
WAGTAILADMIN_BASE_URL = SITE_URL
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])

# --- Rooms -----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "lms",
    "certification",
    "courses",
    "lms.pages",
    "lms.people",
    "lms.kernel",
    "wagtail_localize",
    "wagtail_localize.locales",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "lms.people.office_app.OfficeUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "django_q",
    "lucide",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lms.kernel.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "lms.kernel.nul.RefuseNul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lms.people.second_factor.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                ("lms.pages.folding.Loader", ["django.template.loaders.filesystem.Loader"]),
                ("django.template.loaders.cached.Loader", ["django.template.loaders.app_directories.Loader"]),
            ],
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lms.pages.context.site",
            ],
            "builtins": ["lms.pages.templatetags.deshmi"],
        },
    }
]

# --- Database, cache, queue ------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'deshmi.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A writer takes its lock at BEGIN, so that two writers wait for each other instead of failing at COMMIT.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
elif "qcluster" in sys.argv:
    # The worker forks: two processes on one socket of a pool would read each other's answers.
    DATABASES["default"]["CONN_MAX_AGE"] = 60
else:
    DATABASES["default"]["OPTIONS"] = {
        # The plans of the statements in lms.kernel.prepared are kept with the connection. Behind a pooler that hands
        # the connection to another after each transaction, say none: DATABASE_PREPARE=no.
        "prepare_threshold": 5 if env.bool("DATABASE_PREPARE", default=True) else None,
        "pool": {
            "min_size": env.int("DATABASE_POOL_MIN", default=1),
            "max_size": env.int("DATABASE_POOL_MAX", default=10),
            "timeout": 15,
        },
    }

REDIS_URL = env.str("REDIS_URL", default="")

if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}}
    SESSION_ENGINE = "lms.people.sessions"

Q_CLUSTER = {
    "name": "deshmi",
    "workers": env.int("QUEUE_WORKERS", default=2),
    "timeout": 300,
    "retry": 360,  # must stay above the timeout, or a slow task is started a second time (lms/checks.py)
    "max_attempts": 5,
    "ack_failures": False,  # a task that raised is handed out again, until max_attempts
    "catch_up": False,
    "save_limit": 2000,
    "poll": 0.3,
    "bulk": 1,
    "label": _("Queue"),
}
if REDIS_URL:
    Q_CLUSTER["redis"] = REDIS_URL
else:
    Q_CLUSTER["orm"] = "default"

# --- Accounts --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "lms.people.backends.AccountBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "my"
LOGOUT_REDIRECT_URL = "/"
WAGTAILADMIN_LOGIN_URL = "office_login"
ACCOUNT_ADAPTER = "lms.people.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
SOCIALACCOUNT_ONLY = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Dëshmi"
# Council officers and administrators must use a second factor.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=True)

# --- Languages, places, time -----------------------------------------------------------------------

USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Belgrade"  # Kosovo; no Europe/Pristina exists
LANGUAGE_CODE = "sq"
LANGUAGES = [("sq", "Shqip"), ("sr-latn", "Srpski"), ("sr", "Српски"), ("en", "English")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
LANGUAGE_COOKIE_AGE = int(timedelta(days=365).total_seconds())
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "lms" / "locale"]
FORMAT_MODULE_PATH = ["lms.kernel.formats"]
USE_THOUSAND_SEPARATOR = False

# --- Files -----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "lms.pages.bundles.BundleFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))()
# Uploaded lists of people, until the worker has read them. Never served.
PRIVATE_ROOT = env.path("PRIVATE_ROOT", default=str(BASE_DIR / "var" / "private"))()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Mail ------------------------------------------------------------------------------------------

vars().update(env.email("EMAIL_URL", default="smtp://localhost:25"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"noreply@{ALLOWED_HOSTS[0]}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Security --------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
X_FRAME_OPTIONS = "SAMEORIGIN"
# How many proxies of ours stand before us: that many entries of X-Forwarded-For, from the right, are believed.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
# Unknown numbers and wrong access codes an address may send in a minute. Look-ups that succeed are not limited:
# whoever has the number has the paper, and an inspector may check a hundred of them from one office.
VERIFY_FAILURES_PER_MINUTE = env.int("VERIFY_FAILURES_PER_MINUTE", default=10)
# Files and square codes an address may hand over in a minute: reading one takes a process of its own.
VERIFY_FILES_PER_MINUTE = env.int("VERIFY_FILES_PER_MINUTE", default=30)
SILENCED_SYSTEM_CHECKS = []

# --- Wagtail ---------------------------------------------------------------------------------------

WAGTAIL_SITE_NAME = "Dëshmi"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "odt", "xlsx", "ods", "pptx", "txt", "mp4", "webm", "vtt"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAIL_FINISH_WORKFLOW_ACTION = "lms.pages.approving.publish_approved"
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
# Passwords and addresses are looked after in one place, the account pages.
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILADMIN_RICH_TEXT_EDITORS = {
    "default": {
        "WIDGET": "wagtail.admin.rich_text.DraftailRichTextArea",
        "OPTIONS": {"features": ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link"]},
    }
}
TAGGIT_CASE_INSENSITIVE = True

# --- Product ---------------------------------------------------------------------------------------

# True only where everything is fiction; demo values are then labelled and sign-in addresses are shown.
DEMO = env.bool("DEMO", default=False)

# --- Keys by purpose (certification/signing.py) ----------------------------------------------------

# Ed25519 seeds, 32 bytes in base64 each: for credentials, for status lists, for the log.
CREDENTIAL_KEY = env.str("CREDENTIAL_KEY", default="")
STATUS_KEY = env.str("STATUS_KEY", default="")
LOG_KEY = env.str("LOG_KEY", default="")
# Files in PEM: the private key that seals documents, and its certificate followed by those of its issuers.
SEAL_KEY_FILE = env.str("SEAL_KEY_FILE", default="")
SEAL_CERTIFICATE_FILE = env.str("SEAL_CERTIFICATE_FILE", default="")
# Keys that are not set follow from SIGNING_KEY: only where everything is fiction.
DERIVE_KEYS = DEMO
# Who issues, as did:web:…; empty: the host of SITE_URL.
ISSUER_DID = env.str("ISSUER_DID", default="")
# The living gallery of components.
SHOW_DESIGN = False

# --- Logs: the deed and identifiers, never personal data -------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "django_q": {"level": "INFO"},
        # Both say every step of every page; the office keeps its own audit log.
        "django_tasks": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
    },
}
