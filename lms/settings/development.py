"""Development and demonstration: keys are made on the first start and kept in var/, http is allowed."""

import base64
import contextlib
import os
import secrets

from lms.settings.environment import BASE_DIR, env

_KEYS = BASE_DIR / "var" / "development.env"
if not _KEYS.exists():
    _KEYS.parent.mkdir(parents=True, exist_ok=True)
    _seed = base64.b64encode(secrets.token_bytes(32)).decode()
    _lines = [
        f"SECRET_KEY={secrets.token_urlsafe(50)}",
        f"SIGNING_KEY={_seed}",
        f"ACCESS_CODE_KEY={secrets.token_hex(32)}",
        f"PERSONAL_NUMBER_KEY={secrets.token_hex(32)}",
    ]
    _temporary = _KEYS.with_suffix(f".{os.getpid()}")
    _temporary.write_text("\n".join(_lines) + "\n")
    _temporary.chmod(0o600)
    with contextlib.suppress(FileExistsError):
        os.link(_temporary, _KEYS)  # the first process wins when several start at once
    _temporary.unlink()
env.read_env(str(BASE_DIR / ".env"))
env.read_env(str(_KEYS))
os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver")
os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
os.environ.setdefault("KEYS_FOLDER", str(BASE_DIR / "var" / "keys"))
os.environ.setdefault("EMAIL_URL", f"filemail:///{BASE_DIR / 'var' / 'mail'}")

from lms.settings.base import *  # noqa: E402, F403 - settings modules loosen the base by design

DEBUG = env.bool("DEBUG", default=True)
DEMO = env.bool("DEMO", default=True)
DERIVE_KEYS = True
SHOW_DESIGN = True
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=False)
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
