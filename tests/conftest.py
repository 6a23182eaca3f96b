"""What every test may lean on: a migrated database in a second, the real queue run in-process, signed-in clients.

Nothing of ours is replaced by a stand-in. Tests speak English unless they say otherwise, so that translating a
message breaks no test.
"""

import hashlib
import os
import queue
import sqlite3
import subprocess
import sys
from collections import Counter
from multiprocessing import Value
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.signals import setting_changed
from django.utils import translation
from django_q.brokers import get_broker
from django_q.models import Task
from django_q.monitor import monitor
from django_q.signing import SignedPackage
from django_q.worker import worker
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from certification.models import write_once
from lms import catalogues
from lms.pages import remembering

ROOT = Path(__file__).resolve().parent.parent
IS_SQLITE = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
ENGINE = "SQLite" if IS_SQLITE else "PostgreSQL"

_slow_first_example = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
hypothesis_settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=_slow_first_example)
# Without a random seed: a submission is judged by what it changed, not by the day's luck.
hypothesis_settings.register_profile(
    "ci", max_examples=200, deadline=None, derandomize=True, suppress_health_check=_slow_first_example
)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "dev")


# --- What runs on which engine ---------------------------------------------------------------------

# Said at the end of every run, so that nothing is left out silently.
_NOT_HERE = {
    "postgresql": "needs PostgreSQL (row locks, real concurrency): make test-postgresql",
    "journey": "tells the same story on every engine: make test-journeys",
    "once": "does not touch the database: make test-sqlite",
}
_not_run = Counter()


def _kept_out(item) -> str | None:
    """The marker that keeps ``item`` off this engine, or None."""
    if IS_SQLITE:
        return "postgresql" if item.get_closest_marker("postgresql") else None
    if item.get_closest_marker("journey"):
        return "journey"
    return "once" if item.get_closest_marker("once") else None


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        catalogues.compile_all()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    kept, left_out = [], []
    for item in items:
        marker = _kept_out(item)
        if marker:
            _not_run[marker] += 1
            left_out.append(item)
        else:
            kept.append(item)
        if _commits(item):
            # A committing test empties every table afterwards; what the migrations had written is put back first,
            # and after the last one of a module for those that come later (`_as_migrated`).
            item.get_closest_marker("django_db").kwargs["serialized_rollback"] = True
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = dict(_not_run)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    # Every xdist worker collects the same tests, so that one worker's count is the count.
    _not_run.update({} if _not_run else getattr(node, "workeroutput", {}).get("not_run", {}))


def pytest_terminal_summary(terminalreporter):
    for marker, count in _not_run.items():
        terminalreporter.write_line(f"Not run on {ENGINE}: {count} marked '{marker}', {_NOT_HERE[marker]}")


# --- The database, migrated once per state of the migrations ---------------------------------------


def _migrated_template() -> Path:
    """Where the migrated, otherwise empty database of exactly these migrations and packages is kept."""
    state = hashlib.sha256()
    for path in sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("lms/*/migrations/*.py"), *ROOT.glob("*.lock")]):
        state.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return ROOT / "var" / "test-templates" / f"{state.hexdigest()[:16]}.sqlite3"


def _remove_database(path: Path):
    for file in (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))):
        file.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def _database_copied(request, django_db_modify_db_settings) -> bool:
    """Lay a copy of the migrated template where the suite expects its database. False when there is none yet."""
    if not IS_SQLITE:
        return False
    path, template = Path(settings.DATABASES["default"]["TEST"]["NAME"]), _migrated_template()
    if not template.exists():
        return False
    if request.config.getvalue("reuse_db") and not request.config.getvalue("create_db") and path.exists():
        return False
    _remove_database(path)
    path.write_bytes(template.read_bytes())
    return True


@pytest.fixture(scope="session")
def django_db_keepdb(request, _database_copied) -> bool:
    return _database_copied or request.config.getvalue("reuse_db")


@pytest.fixture(scope="session")
def django_db_createdb(request, _database_copied) -> bool:
    return not _database_copied and request.config.getvalue("create_db")


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_setup, django_db_blocker, _database_copied):
    template = _migrated_template()
    if IS_SQLITE and not template.exists():
        template.parent.mkdir(parents=True, exist_ok=True)
        unfinished = template.with_suffix(f".{os.getpid()}")
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(unfinished)])
        unfinished.replace(template)
        for older in sorted(template.parent.glob("*.sqlite3"), key=lambda file: file.stat().st_mtime)[:-3]:
            older.unlink(missing_ok=True)
    flush = connection.ops.execute_sql_flush

    def empty_all_tables(statements):
        # What was issued cannot be deleted, not even by a test that cleans up.
        write_once.remove(connection)
        flush(statements)
        write_once.install(connection)

    connection.ops.execute_sql_flush = empty_all_tables
    yield
    if _database_copied and not request.config.getvalue("reuse_db"):
        with django_db_blocker.unblock():
            connection.close()
        _remove_database(Path(settings.DATABASES["default"]["TEST"]["NAME"]))


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory) -> Path:
    """A file with a migrated, empty SQLite database for programs of their own, whatever engine the suite runs on."""
    path, template = tmp_path_factory.mktemp("database") / "deshmi.sqlite3", _migrated_template()
    if template.exists():
        with sqlite3.connect(template) as source, sqlite3.connect(path) as copy:
            source.backup(copy)
    else:
        environment = {"DJANGO_SETTINGS_MODULE": "lms.settings.testing", "DATABASE_URL": f"sqlite:///{path}"}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(migrate, cwd=ROOT, env=os.environ | environment, check=True)
    return path


# --- Every test on its own -------------------------------------------------------------------------


def _commits(item) -> bool:
    database = item.get_closest_marker("django_db")
    return bool(database and database.kwargs.get("transaction"))


@pytest.fixture(scope="module", autouse=True)
def _as_migrated(request):
    """Leave to the next module what the migrations had written, when a committing test of this one emptied it.

    Within a module pytest-django runs the committing tests last; between modules run in parallel nobody orders them.
    """
    yield
    if any(_commits(item) for item in request.session.items if item.path == request.path):
        with request.getfixturevalue("django_db_blocker").unblock():
            connection.creation.deserialize_db_from_string(connection._test_serialized_contents)


@pytest.fixture(autouse=True)
def _a_fresh_start(tmp_path):
    """English, an empty cache and memory, and uploaded files that stay with the test."""
    cache.clear()
    remembering.forget()  # rows are rolled back and their numbers come again
    before = settings.MEDIA_ROOT, settings.PRIVATE_ROOT
    _keep_files_in(str(tmp_path / "media"), str(tmp_path / "private"))
    with translation.override("en"):
        yield
    _keep_files_in(*before)


def _keep_files_in(media, private):
    settings.MEDIA_ROOT, settings.PRIVATE_ROOT = media, private
    setting_changed.send(sender=None, setting="MEDIA_ROOT", value=media, enter=True)


@pytest.fixture
def client():
    """A visitor who reads English."""
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def client_for():
    """``client_for(user)``: a browser in which ``user`` is signed in."""

    def sign_in(user) -> Client:
        browser = Client(headers={"accept-language": "en"})
        browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return browser

    return sign_in


class TaskFailed(AssertionError):
    """A queued task raised; the message holds its traceback."""


@pytest.fixture
def run_queue(db, monkeypatch):
    """``run_queue()``: what waits in the queue is done now, by django-q2's own broker, worker and monitor code.

    Work that this work enqueues is done too. Returns the saved tasks in the order they ran; raises TaskFailed
    when one failed, unless called as ``run_queue(failing=True)``.
    """

    # A worker closes its connections between tasks; here they hold the test's own transaction.
    for module in ("worker", "monitor"):
        monkeypatch.setattr(f"django_q.{module}.close_old_django_connections", lambda: None)

    def run(*, failing: bool = False) -> list[Task]:
        done = []
        broker = get_broker()
        while broker.queue_size():
            waiting, finished = queue.SimpleQueue(), queue.SimpleQueue()
            for acknowledgement, payload in broker.dequeue() or []:
                task = SignedPackage.loads(payload) | {"ack_id": acknowledgement, "cluster": broker.list_key}
                done.append(task["id"])
                waiting.put(task)
            waiting.put("STOP")
            worker(waiting, finished, Value("f", -1))
            finished.put("STOP")
            monitor(finished, broker)
        saved = Task.objects.in_bulk(done)
        tasks = [saved[key] for key in done]
        failed = [task for task in tasks if not task.success]
        if failed and not failing:
            raise TaskFailed("\n".join(f"{task.func}{task.args}: {task.result}" for task in failed))
        return tasks

    return run
