"""The whole product as people meet it: the production server, the queue worker, a database file, and Chromium.

Journeys never touch the database themselves: what they need is done by a management command (``stack.manage``) or,
better, in the browser. Every page is watched for script errors and for requests to anybody else.
"""

import email
import email.policy
import fcntl
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from lms.people.demo.loading import PASSWORD
from lms.processes import Stack

ROOT = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = ROOT / "screenshots"
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
_QUIET += ["--disable-sync", "--no-first-run", "--disable-dev-shm-usage"]


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("journey")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        item.stash.setdefault(_failed, []).append(report.when)
    return report


_failed = pytest.StashKey[list]()


# --- The stack -------------------------------------------------------------------------------------


def environment_for(folder: Path, database: Path) -> dict[str, str]:
    """The environment of programs that work on ``database`` and keep every other file in ``folder``."""
    (folder / "static").mkdir(exist_ok=True)
    return {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | {
        "DJANGO_SETTINGS_MODULE": "lms.settings.development",
        "DEBUG": "no",
        "DATABASE_URL": f"sqlite:///{database}",
        "MEDIA_ROOT": str(folder / "media"),
        "PRIVATE_ROOT": str(folder / "private"),
        "STATIC_ROOT": str(folder / "static"),
        "EMAIL_URL": f"filemail:///{folder / 'mail'}",
        "WEB_WORKERS": "1",
    }


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a management command. Returns what it printed; fails with everything it said when it fails."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


class RunningStack(Stack):
    """A stack of its own with the demo in it. ``address`` is where it answers."""

    def __init__(self, folder: Path, database: Path):
        self.folder = folder
        self.log = folder / "log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        own = {"SITE_URL": f"http://127.0.0.1:{port}", "LOG_LEVEL": "WARNING"}
        super().__init__(environment_for(folder, database) | own, port=port, output=self.log.open("ab"))

    def manage(self, *arguments: str) -> str:
        """Run a management command against the stack's database. Returns what it printed; raises when it fails."""
        return manage(self._environment, *arguments)

    def mails(self) -> list[email.message.EmailMessage]:
        """Every mail the worker has sent, the oldest first."""
        texts = [path.read_text() for path in sorted((self.folder / "mail").glob("*"), key=lambda p: p.stat().st_mtime)]
        messages = [part for text in texts for part in text.split("-" * 79 + "\n") if part.strip()]
        return [email.message_from_string(message, policy=email.policy.default) for message in messages]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory, worker_id) -> Path:
    """A folder that all processes of this run have in common."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def demo_database(shared_folder, migrated_database) -> Path:
    """A database file with the demo in it, and beside it the files the demo brings. Copied, never written to.

    Processes that run journeys side by side load it once: whoever comes first loads, the others wait.
    """
    folder = shared_folder / "demo"
    database = folder / "deshmi.sqlite3"
    folder.mkdir(exist_ok=True)
    with (folder.parent / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not database.exists():
            _load_demo(folder, migrated_database)
    return database


def _load_demo(folder: Path, migrated: Path) -> None:
    loading = folder / "loading.sqlite3"
    shutil.copy(migrated, loading)
    manage(environment_for(folder, loading), "load_demo")
    with sqlite3.connect(loading) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # Only what is whole gets the name that the others look for.
    loading.rename(folder / "deshmi.sqlite3")


def copy_of_demo(demo_database: Path, folder: Path) -> Path:
    """Lay the demo's database and files into ``folder``. Returns the database."""
    shutil.copytree(demo_database.parent, folder, dirs_exist_ok=True)
    return folder / demo_database.name


@pytest.fixture(scope="session")
def stack(tmp_path_factory, demo_database):
    """Web server and worker on a database of their own, with the demo in it."""
    folder = tmp_path_factory.mktemp("stack")
    with RunningStack(folder, copy_of_demo(demo_database, folder)) as running:
        status = running.wait_until_ready()
        assert status == "ok", f"The stack is {status!r}:\n{running.log.read_text()[-4000:]}"
        yield running


# --- The browser -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    return browser_type_launch_args | {"args": _QUIET} | ({"executable_path": found} if found else {})


@pytest.fixture
def open_page(request, browser, stack):
    """``open_page()``: a new visitor's page at 1280 px; ``open_page(PHONE)`` on a phone; ``language="sr"`` for readers.

    Addresses may leave out the host. When the test fails, a picture and a trace of each page stay in screenshots/.
    """
    contexts, faults = [], []

    def open_one(device=DESKTOP, *, language: str = "en", **options) -> Page:
        options = {"base_url": stack.address, "locale": language, "reduced_motion": "reduce"} | device | options
        context = browser.new_context(**options)
        context.tracing.start(snapshots=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: faults.append(f"script error on {page.url}: {error}"))
        page.on("request", lambda asked: foreign(page, asked.url))
        return page

    def foreign(page, address):
        if not address.startswith((stack.address, "data:", "blob:", "about:")):
            faults.append(f"{page.url} asked somebody else: {address}")

    yield open_one
    name = re.sub(r"\W+", "-", request.node.nodeid.split("::", 1)[-1]).strip("-")
    for number, context in enumerate(contexts):
        if request.node.stash.get(_failed, []):
            folder = SCREENSHOTS / "failed"
            folder.mkdir(parents=True, exist_ok=True)
            for page in context.pages:
                page.screenshot(path=folder / f"{name}-{number}.png", full_page=True)
            context.tracing.stop(path=folder / f"{name}-{number}.zip")
        context.close()
    assert faults == []


_cookies_of: dict[tuple[str, str], list] = {}


@pytest.fixture
def sign_in(stack):
    """``sign_in(page, email)``: by the form the first time, by the same session afterwards."""

    def enter(page: Page, address: str, password: str = PASSWORD) -> None:
        if (stack.address, address) in _cookies_of:
            page.context.add_cookies(_cookies_of[stack.address, address])
            return
        page.goto("/en/account/login/")
        page.locator("input[name=login]").fill(address)
        page.locator("input[name=password]").fill(password)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/account/login" not in url)
        _cookies_of[stack.address, address] = [
            cookie for cookie in page.context.cookies() if cookie["name"] == "sessionid"
        ]

    return enter


# --- What is looked for ----------------------------------------------------------------------------

_axe = Axe()


def axe(page: Page, *, only: str | None = None) -> None:
    """Fail, naming rule and element, when axe-core finds anything on the page (or in ``only``) as it stands now."""
    violations = _axe.run(page, context=only).response["violations"]
    found = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n"
        + "\n".join(f"    {' '.join(map(str, node['target']))}  {node['html'][:160]}" for node in violation["nodes"])
        for violation in violations
    ]
    if found:
        raise AssertionError(f"{page.url}\n" + "\n".join(found))


def focused(page: Page) -> str:
    """The words of the element that has the keyboard's focus: its label or text."""
    return page.evaluate(
        """() => { const e = document.activeElement;
        return (e.getAttribute('aria-label') || (e.labels && e.labels[0] && e.labels[0].innerText) || e.innerText
            || e.value || e.tagName).trim() }"""
    )


def tab_to(page: Page, words: str, *, at_most: int = 80) -> None:
    """Press Tab until the focus is on an element that says ``words``; fails, telling the way, when it never is."""
    way = []
    for _step in range(at_most):
        page.keyboard.press("Tab")
        way.append(focused(page))
        if words in way[-1]:
            return
    raise AssertionError(f"{words!r} was not reached by {at_most} tabs on {page.url}: {way}")
