"""What a monitor asks: does the process live (/healthz), and can it do its work (/readyz)?

``failing`` (503) means that people would see errors. ``degraded`` (200) means that they would not, yet somebody
should look: without a worker, pages answer but mail and certificates wait.
"""

import logging
import uuid

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import Error as DatabaseFailure
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certification import signing
from certification.operations import watching
from lms.kernel import queue
from lms.kernel.private_files import private_storage

log = logging.getLogger(__name__)

OK, DEGRADED, FAILING = "ok", "degraded", "failing"

# What each part may raise when it is broken; anything else is a fault of ours and shows as one.
_FAILURES = (DatabaseFailure, *queue.FAILURES, OSError, ValueError)


@never_cache
@require_safe
def healthz(request):
    """The process answers. Touches nothing else, so that a slow database restarts no web process."""
    return JsonResponse({"status": OK})


@never_cache
@require_safe
def readyz(request):
    parts = {name: _asked(part) for name, part in PARTS.items()}
    for name, part in parts.items():
        if part["status"] == FAILING:
            log.error("readyz: %s is failing: %s", name, part)
    worst = max((part["status"] for part in parts.values()), key=[OK, DEGRADED, FAILING].index)
    return JsonResponse({"status": worst, "parts": parts}, status=503 if worst == FAILING else 200)


def _asked(part) -> dict:
    try:
        return {"status": OK} | part()
    except _FAILURES as error:
        # The kind of error only: its text may hold addresses and names.
        return {"status": FAILING, "problem": type(error).__name__}


def _database() -> dict:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"engine": connection.vendor}


_seen_migrated = set()


def _migrations() -> dict:
    """Nothing is left to migrate. Once seen, it stays so for the code of this process."""
    if connection.alias not in _seen_migrated:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if waiting:
            return {"status": FAILING, "waiting": waiting}
        _seen_migrated.add(connection.alias)
    return {}


def _queue() -> dict:
    state = queue.state()
    return {"status": OK if state.workers else DEGRADED, "waiting": state.waiting, "workers": state.workers}


def _storage() -> dict:
    """A file can be written, read and removed, where pictures live and where private files live."""
    for storage in (default_storage, private_storage()):
        said = uuid.uuid4().hex.encode()
        name = storage.save(f"readyz/{said.decode()}", ContentFile(said))
        try:
            with storage.open(name) as file:
                if file.read() != said:
                    raise OSError("read something else than was written")
        finally:
            storage.delete(name)
    return {}


def _keys() -> dict:
    """The signing key signs what its public half verifies, the signer has every key in use, and those of codes are there."""
    if not signing.verify(b"readyz", signing.sign(b"readyz")):
        raise ValueError("a signature of ours does not verify")
    if min(len(settings.ACCESS_CODE_KEY), len(settings.PERSONAL_NUMBER_KEY)) < 32:
        raise ValueError("a key is shorter than 32 characters")
    if signing.trouble():
        raise signing.CannotSign("a key in use cannot be asked for signatures")
    return {}


def _log() -> dict:
    """Nothing that was issued differs from what was signed, as the last reconciliation found. How much: in the office."""
    run = watching.last_reconciliation()
    return {"status": DEGRADED if run and run.found else OK}


PARTS = {
    "database": _database,
    "migrations": _migrations,
    "queue": _queue,
    "storage": _storage,
    "keys": _keys,
    "log": _log,
}
