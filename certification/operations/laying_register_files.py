"""A register file on its way through the office: laid, read by the worker, shown, approved, written by the worker.

Every chunk is one transaction that also moves the counter it began at. A worker that was killed goes on from there;
a second worker on the same file finds the counter moved and stops.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from time import monotonic
from types import ModuleType
from typing import Any, BinaryIO, cast

from django.core.files.base import File
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from certification.models import IssuingBody, RegisterImport, RegisterImportRow
from certification.operations import importing_papers, importing_register
from certification.operations.importing_papers import PaperFile, PaperResult
from certification.operations.importing_register import RegisterFile, Result
from lms.kernel import clock, queue
from lms.kernel.spreadsheets import SpreadsheetError

log = logging.getLogger(__name__)
State = RegisterImport.State

# A task hands over to the next one after so many seconds, well before the queue would take it for dead.
TURN = 120
MOST_BYTES = 100 * 1024 * 1024


class NotThatState(ValueError):
    """The file has moved on: somebody else approved or cancelled it, or it is still being read."""


class FileTooLarge(ValueError):
    """The file is larger than a register can be."""


def lay(
    file: File, name: str, body: IssuingBody | None, *, kind: str = RegisterImport.Kind.LICENCES, by
) -> RegisterImport:
    """Keep ``file`` and have the worker read it. Raises FileTooLarge. What it holds is checked while it is read."""
    if file.size > MOST_BYTES:
        raise FileTooLarge(
            _("The file is larger than %(most)d MB. Divide it into several.") % {"most": MOST_BYTES // 1024**2}
        )
    digest = hashlib.sha256()
    for part in file.chunks():
        digest.update(part)
    with transaction.atomic():
        laid = RegisterImport(
            body=body, kind=kind, name=name[:200], sha256=digest.hexdigest(), uploaded_at=clock.now(), uploaded_by=by
        )
        # The name on disk says nothing of what somebody called the file.
        laid.file.save("register", file, save=False)
        laid.save()
        queue.enqueue("certification.tasks.read_register_file", laid.pk, group="register")
    return laid


@transaction.atomic
def approve(laid: RegisterImport, *, by) -> None:
    """Have the worker write what was shown. Raises NotThatState; of two clicks one is served."""
    moved = RegisterImport.objects.filter(pk=laid.pk, state=State.READY).update(
        state=State.WRITING, written_by=by, rows_handled=0, rows_written=0
    )
    if not moved:
        raise NotThatState(_("This file is not waiting to be written. Look at its state below."))
    queue.enqueue("certification.tasks.write_register_file", laid.pk, group="register")


@transaction.atomic
def cancel(laid: RegisterImport, *, by) -> None:
    """Put the file away without writing it. Raises NotThatState when it is being written or was."""
    moved = RegisterImport.objects.filter(pk=laid.pk, state__in=[State.READING, State.READY]).update(
        state=State.CANCELLED, written_by=by, written_at=clock.now()
    )
    if not moved:
        raise NotThatState(_("This file is being written or was; it can no longer be put away."))
    transaction.on_commit(lambda: remove_file(laid.pk))


def resume() -> int:
    """Take up every file that a worker left in the middle. Safe at any time: a file that moves on is left alone."""
    left = RegisterImport.objects.filter(state__in=[State.READING, State.WRITING]).values_list("pk", "state")
    for pk, state in left:
        (read_on if state == State.READING else write_on)(pk)
    return len(left)


# --- In the worker -----------------------------------------------------------------------------------


def read_on(laid_id: int) -> None:
    """Read the file from where it was left, and write down what each line would change."""
    laid = RegisterImport.objects.select_related("body").get(pk=laid_id)
    if laid.state != State.READING:
        return
    until = monotonic() + TURN
    try:
        with _opened(laid) as file:
            reader = _reader(laid)
            survey = reader.survey(file, laid.name)
            RegisterImport.objects.filter(pk=laid.pk).update(rows_total=survey.total)
            register_file = _file_of(laid, survey, by=laid.uploaded_by)
            position = laid.rows_read
            with closing(reader.rows_of(file, laid.name)) as rows:
                for chunk in importing_register.chunks_of(islice(rows, position, None)):
                    if not _keep(laid, position, len(chunk), register_file.examine(chunk)):
                        return
                    position += len(chunk)
                    if monotonic() > until and position < survey.total:
                        queue.enqueue("certification.tasks.read_register_file", laid.pk, group="register")
                        return
    except SpreadsheetError as error:
        RegisterImport.objects.filter(pk=laid.pk, state=State.READING).update(
            state=State.REFUSED, message=str(error)[:500]
        )
        remove_file(laid.pk)
        return
    RegisterImport.objects.filter(pk=laid.pk, state=State.READING, rows_read=survey.total).update(state=State.READY)
    log.info("Read register file %s: %s lines", laid.pk, survey.total)


@transaction.atomic
def _keep(laid: RegisterImport, position: int, count: int, results: list[Result]) -> bool:
    """Keep what a chunk would change. False when another worker has done this chunk, or the file was put away."""
    outcomes = [result.outcome for result in results]
    moved = RegisterImport.objects.filter(pk=laid.pk, state=State.READING, rows_read=position).update(
        rows_read=position + count,
        rows_new=F("rows_new") + outcomes.count("new"),
        rows_changed=F("rows_changed") + outcomes.count("changed"),
        rows_same=F("rows_same") + outcomes.count("same"),
        rows_refused=F("rows_refused") + outcomes.count("refused"),
        rows_warned=F("rows_warned") + sum(bool(result.warnings) for result in results),
    )
    if moved:
        RegisterImportRow.objects.bulk_create(
            RegisterImportRow(
                register_import=laid,
                line=result.line,
                outcome=result.outcome,
                licence_number=result.number,
                changes=result.changes,
                reason=result.reason,
                warnings=result.warnings,
            )
            for result in results
            if result.outcome != "same" or result.warnings
        )
    return bool(moved)


def write_on(laid_id: int) -> None:
    """Write what was shown and approved, from where it was left."""
    laid = RegisterImport.objects.select_related("body", "written_by").get(pk=laid_id)
    if laid.state != State.WRITING:
        return
    until = monotonic() + TURN
    with _opened(laid) as file:
        reader = _reader(laid)
        survey = reader.survey(file, laid.name)
        register_file = _file_of(laid, survey, by=laid.written_by)
        position = laid.rows_handled
        with closing(reader.rows_of(file, laid.name)) as rows:
            for chunk in importing_register.chunks_of(islice(rows, position, None)):
                if not _write_chunk(laid, position, chunk, register_file):
                    return
                position += len(chunk)
                if monotonic() > until and position < survey.total:
                    queue.enqueue("certification.tasks.write_register_file", laid.pk, group="register")
                    return
    done = RegisterImport.objects.filter(pk=laid.pk, state=State.WRITING, rows_handled=survey.total).update(
        state=State.DONE, written_at=clock.now()
    )
    if done:
        remove_file(laid.pk)
        log.info("Wrote register file %s", laid.pk)


@transaction.atomic
def _write_chunk(laid: RegisterImport, position: int, chunk: list, register_file: RegisterFile | PaperFile) -> bool:
    """Write a chunk as it was shown. A line that would now change something else is refused instead."""
    moved = RegisterImport.objects.filter(pk=laid.pk, state=State.WRITING, rows_handled=position).update(
        rows_handled=position + len(chunk)
    )
    if not moved:
        return False
    shown = {row.line: row for row in laid.rows.filter(line__gte=chunk[0].line, line__lte=chunk[-1].line)}
    results = [result for result in register_file.examine(chunk, lock=True) if result.outcome in ("new", "changed")]
    as_shown = [result for result in results if _is_as_shown(result, shown.get(result.line))]
    register_file.write(as_shown)
    overtaken = {result.line for result in results} - {result.line for result in as_shown}
    if overtaken:
        reason = _("The register was changed after this list was made. Lay the file again to see what is left to do.")
        laid.rows.filter(line__in=overtaken).update(outcome="refused", reason=reason)
    RegisterImport.objects.filter(pk=laid.pk).update(
        rows_written=F("rows_written") + len(as_shown), rows_refused=F("rows_refused") + len(overtaken)
    )
    return True


def _is_as_shown(result: Result, row: RegisterImportRow | None) -> bool:
    """Would the line do what was shown, or the part of it that an earlier line has not done already?"""
    if row is None or row.outcome != result.outcome:
        return False
    if isinstance(result, PaperResult):
        return result.changes == row.changes
    if result.outcome == "new":
        return all(result.changes.get(column) == row.changes.get(column) for column in ("valid_to", "status"))
    return all(row.changes.get(column) == list(change) for column, change in result.changes.items())


def _reader(laid: RegisterImport) -> ModuleType:
    """What reads the lines of such a file."""
    return importing_papers if laid.kind == RegisterImport.Kind.PAPERS else importing_register


def _file_of(laid: RegisterImport, survey: Any, *, by) -> RegisterFile | PaperFile:
    if laid.kind == RegisterImport.Kind.PAPERS:
        return PaperFile(survey, source=_source(laid), by=by)
    return RegisterFile(cast(IssuingBody, laid.body), survey, source=_source(laid), by=by)


@contextmanager
def _opened(laid: RegisterImport) -> Iterator[BinaryIO]:
    with laid.file.open("rb") as file:
        yield cast(BinaryIO, file)


def _source(laid: RegisterImport) -> str:
    return f"import {clock.local_day(laid.uploaded_at).isoformat()} {laid.name}"


def remove_file(laid_id: int) -> None:
    """The file holds personal numbers in the clear; it goes as soon as it is not needed. Its hash stays."""
    laid = RegisterImport.objects.get(pk=laid_id)
    if laid.file:
        laid.file.delete(save=False)
        RegisterImport.objects.filter(pk=laid_id).update(file="")
