"""The stage: a PostgreSQL database of its own with the demo in it, the production server and the worker before it."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.load import Visitor, repeat, visitors
from lms.processes import Stack
from lms.settings.environment import BASE_DIR


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def database() -> Iterator[str]:
    """A new database on the server that DATABASE_URL names, dropped afterwards. Yields its address."""
    url, name = os.environ["DATABASE_URL"], f"deshmi_bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        yield url.rpartition("/")[0] + "/" + name
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def environment(url: str) -> Iterator[dict[str, str]]:
    """Production's environment around ``url``; files go to a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="deshmi-bench-"))
    port = _free_port()
    own = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "DATABASE_URL": url,
        "SECRET_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "SITE_URL": "https://127.0.0.1",
        "SIGNING_KEY": "YmVuY2htYXJrLW9ubHktc2lnbmluZy1rZXktMzItYnk=",
        "ACCESS_CODE_KEY": secrets.token_hex(32),
        "PERSONAL_NUMBER_KEY": secrets.token_hex(32),
        "MEDIA_ROOT": str(folder / "media"),
        "PRIVATE_ROOT": str(folder / "private"),
        "STATIC_ROOT": str(folder / "static"),
        "LOG_LEVEL": "WARNING",
        "WEB_WORKERS": os.environ.get("WEB_WORKERS", "3"),
        "WEB_THREADS": os.environ.get("WEB_THREADS", "2"),
        "QUEUE_WORKERS": "2",
        "PORT": str(port),
    }
    os.environ.update(own)
    os.environ.pop("REDIS_URL", None)
    try:
        yield dict(os.environ)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def manage(*arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=BASE_DIR, check=True, stdout=sys.stderr)


class Stage:
    """What a work needs: the running stack, sessions of real users, the bare limit beside each figure."""

    def __init__(self, stack: Stack):
        self.stack = stack
        self.address = stack.address

    def wait_for_queue(self, seconds: int = 120) -> None:
        """Until the worker has done what waits."""
        until = time.monotonic() + seconds
        while apps.get_model("django_q", "OrmQ").objects.exists():
            assert time.monotonic() < until, "the worker does not come to an end"
            time.sleep(0.2)
        time.sleep(1)

    def cookies_of(self, user) -> dict[str, str]:
        """A signed-in session of ``user``, as the sign-in form would leave it."""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        return {settings.SESSION_COOKIE_NAME: session.session_key, settings.LANGUAGE_COOKIE_NAME: "en"}

    def people(self, users=(), *, count: int = 32) -> list[Visitor]:
        """``count`` visitors, signed in as ``users`` in turn, or anonymous."""
        known = [self.cookies_of(user) for user in users]
        return visitors(self.address, [known[n % len(known)] if known else {} for n in range(count)])

    def statements(self, path: str, user=None) -> int:
        """How many SQL statements one GET of ``path`` takes once caches are warm."""
        browser = Client(headers={"accept-language": "en", "x-forwarded-proto": "https"})
        if user:
            browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        browser.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200, path
        return len(captured)

    def compare(self, path: Callable[[int], str], users=(), *, reach: int) -> dict:
        """32 visitors at once ask for ``path(n)``; the empty view is measured before and after."""
        before = repeat(self.people(users), lambda _n: "/empty/", seconds=2, warm_up=1)
        found = repeat(self.people(users), path)
        after = repeat(self.people(users), lambda _n: "/empty/", seconds=2, warm_up=0.5)
        bare = (before["requests_per_second"] + after["requests_per_second"]) / 2
        return found | {
            "bare_empty_view_per_second": round(bare, 1),
            "share_of_bare": round(found["requests_per_second"] / bare, 3),
            "statements": self.statements(path(0), users[0] if users else None),
            "reach_per_second": reach,
        }


@contextlib.contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """``with timed() as seconds: …; seconds()``."""
    began = time.perf_counter()
    ended: list[float] = []
    yield lambda: (ended[0] if ended else time.perf_counter()) - began
    ended.append(time.perf_counter())
