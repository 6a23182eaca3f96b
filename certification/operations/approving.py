"""Approving: a list of people due a certificate is asked for, and somebody else approves it or sends it back; what is
being issued can be paused, gone on with, and tried again where a row failed.

What is approved is numbered and handed to ``operations.issuing``; the rows of a list say how far each has come.
"""

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification.formats.facts import Terms
from certification.models import IssueBatch, IssueRow, IssuingBody, SerialSeries, Signatory
from certification.operations import composing
from certification.operations.judging import Candidate, judge_registrations, preflight
from certification.rules import numbering
from certification.rules.eligibility import OF_THE_NAME
from courses import rounds
from lms.kernel import clock, queue

log = logging.getLogger(__name__)

# Rows a task takes at once: a second's work. What is asked for the whole chunk is asked half as often as for eight.
CHUNK = 16
FRESH_FOR = timedelta(minutes=15)  # how long a list may be approved as it was seen


class IssuingError(ValueError):
    """It cannot be issued like this; the message says why and what to do."""


class NothingToIssue(IssuingError):
    """Nobody on the list is ready."""


class AlreadyRequested(IssuingError):
    """The same list already waits for approval."""


class FourEyes(IssuingError):
    """Whoever asked cannot also approve."""


class NotWaiting(IssuingError):
    """The batch is no longer waiting for what was tried."""


class KeyUsedBefore(IssuingError):
    """The idempotency key belongs to another request."""


class NoIssuer(IssuingError):
    """There is no body, or nobody to sign for it, on this day."""


@dataclass(frozen=True)
class Approved:
    """What an approval started: how many are being issued, and who was dropped because they are no longer due."""

    batch: IssueBatch
    issuing: int
    dropped: tuple[Candidate, ...]
    was_reevaluated: bool  # the list was older than fifteen minutes


# --- Asking and approving --------------------------------------------------------------------------


@transaction.atomic
def request(round_code: str, group_code: str = "", *, by, key: UUID | None = None) -> IssueBatch:
    """Ask for certificates for everybody in the round (or group) who is ready now. ``by`` cannot approve it.

    ``key`` names the asking: the same request sent twice gives the same batch, whatever became of it in between.
    Raises NothingToIssue, AlreadyRequested, NoIssuer, and KeyUsedBefore when the key named another request.
    """
    known = _requested_with(key, round_code, group_code, by)
    if known is not None:
        return known
    seen = preflight(round_code, group_code)
    if not seen.ready:
        raise NothingToIssue(
            _("Nobody in %(round)s is ready for a certificate now. The list beside shows what each person misses.")
            % {"round": round_code}
        )
    terms_of_today(seen.round.programme_code)  # say today that a signatory is missing, not after the approval
    waiting = IssueBatch.objects.filter(round_code=round_code, group_code=group_code, state=IssueBatch.State.REQUESTED)
    try:
        with transaction.atomic():
            batch = IssueBatch.objects.create(
                key=key or uuid4(),
                round_code=round_code,
                group_code=group_code,
                requested_at=clock.now(),
                requested_by=by,
                expected_count=len(seen.ready),
            )
    except IntegrityError:
        # The other of two clicks came first, or somebody else with the same list.
        known = _requested_with(key, round_code, group_code, by)
        if known is not None:
            return known
        raise AlreadyRequested(
            _("This list was already requested at %(at)s and waits for approval. Open it instead.")
            % {"at": f"{waiting.get().requested_at:%H:%M}"}
        ) from None
    IssueRow.objects.bulk_create(
        IssueRow(batch=batch, position=position, registration=each.registration, person_id=each.person_id)
        for position, each in enumerate(seen.ready, start=1)
    )
    log.info("Requested %s certificates for %s %s as batch %s", len(seen.ready), round_code, group_code, batch.pk)
    return batch


def _requested_with(key: UUID | None, round_code: str, group_code: str, by) -> IssueBatch | None:
    """The batch that ``key`` names, or None. Raises KeyUsedBefore when it is of another list or another person."""
    known = IssueBatch.objects.filter(key=key).first() if key else None
    if known and (known.round_code, known.group_code, known.requested_by_id) != (round_code, group_code, by.pk):
        raise KeyUsedBefore(
            _("The key %(key)s belongs to another request. Open the page again and ask once more.") % {"key": key}
        )
    return known


@transaction.atomic
def approve(batch: IssueBatch, *, by, through_queue: bool = True) -> Approved:
    """Approve ``batch``: judge its list anew, number those still due in their order, and start issuing.

    With ``through_queue=False`` nothing is handed to the workers: the caller issues the rows itself.

    Whoever is no longer due is dropped and reported. Serial numbers are taken here, in one locked step; a row that
    fails or is dropped later leaves a gap, which its reason explains. Raises FourEyes, NotWaiting, NoIssuer.
    """
    batch = locked(batch)
    if batch.state != IssueBatch.State.REQUESTED:
        raise NotWaiting(
            _("This list is %(state)s; there is nothing to approve.") % {"state": batch.get_state_display()}
        )
    _refuse_same_person(batch, by)
    terms = terms_of_today(rounds.get(batch.round_code).programme_code)
    rows = list(batch.rows.order_by("position"))
    candidates = judge_registrations([row.registration for row in rows], terms.issued_on)
    due, dropped = [], []
    for row in rows:
        candidate = candidates.get(row.registration)
        if candidate is not None and candidate.ready:
            due.append(row)
        else:
            put_aside(row, candidate)
            if candidate is not None:
                dropped.append(candidate)
    _number(due, batch, terms)
    IssueRow.objects.bulk_update(rows, ["serial", "state", "error_code", "error_detail"], batch_size=200)
    now = clock.now()
    was_reevaluated = now - batch.requested_at > FRESH_FOR
    batch.state = IssueBatch.State.RUNNING if due else IssueBatch.State.DONE
    batch.decided_at, batch.decided_by, batch.started_at = now, by, now
    batch.finished_at = None if due else now
    batch.terms = terms.to_json()
    batch.save()
    if through_queue:
        enqueue(batch, [row.pk for row in due])
    log.info("Approved batch %s: %s to issue, %s dropped", batch.pk, len(due), len(dropped))
    return Approved(batch, len(due), tuple(dropped), was_reevaluated)


@transaction.atomic
def reject(batch: IssueBatch, *, note: str = "", by) -> IssueBatch:
    """Send the list back: nothing is issued, and a new one may be requested."""
    batch = locked(batch)
    if batch.state != IssueBatch.State.REQUESTED:
        raise NotWaiting(
            _("This list is %(state)s; there is nothing to reject.") % {"state": batch.get_state_display()}
        )
    _refuse_same_person(batch, by)
    batch.state, batch.decision_note = IssueBatch.State.REJECTED, note[:300]
    batch.decided_at, batch.decided_by = clock.now(), by
    batch.save()
    return batch


@transaction.atomic
def pause(batch: IssueBatch, *, by) -> IssueBatch:
    """Let nothing more be issued until somebody goes on. What a worker has only drawn is drawn again then."""
    batch = locked(batch)
    if batch.state != IssueBatch.State.RUNNING:
        raise NotWaiting(_("This list is %(state)s; there is nothing to pause.") % {"state": batch.get_state_display()})
    batch.state, batch.paused_at, batch.paused_by = IssueBatch.State.PAUSED, clock.now(), by
    batch.save(update_fields=["state", "paused_at", "paused_by"])
    log.info("Batch %s is paused", batch.pk)
    return batch


@transaction.atomic
def go_on(batch: IssueBatch, *, by) -> int:
    """Go on with a paused batch. Returns how many rows wait."""
    batch = locked(batch)
    if batch.state != IssueBatch.State.PAUSED:
        raise NotWaiting(
            _("This list is %(state)s; there is nothing to go on with.") % {"state": batch.get_state_display()}
        )
    waiting = waiting_rows(batch)
    _start(batch)
    enqueue(batch, waiting)
    log.info("Batch %s goes on by the word of user %s: %s waiting", batch.pk, by.pk, len(waiting))
    return len(waiting)


@transaction.atomic
def retry_failed(batch: IssueBatch, *, by, through_queue: bool = True) -> int:
    """Take the failed rows up again, after what they named was put right. Returns how many; issued ones stay."""
    batch = locked(batch)
    if batch.state not in (IssueBatch.State.RUNNING, IssueBatch.State.PAUSED, IssueBatch.State.DONE):
        raise NotWaiting(
            _("This list is %(state)s; there is nothing to try again.") % {"state": batch.get_state_display()}
        )
    failed = list(batch.rows.select_for_update(of=("self",)).filter(state=IssueRow.State.FAILED).order_by("position"))
    if not failed:
        return 0
    terms = terms_of_today(rounds.get(batch.round_code).programme_code)
    for row in failed:
        row.state, row.error_code, row.error_detail = IssueRow.State.PENDING, "", ""
    _number([row for row in failed if not row.serial], batch, terms)
    IssueRow.objects.bulk_update(failed, ["serial", "state", "error_code", "error_detail"], batch_size=200)
    # What is stated alike may have changed since: who signs today signs these.
    batch.terms = terms.to_json()
    handed_over = batch.state == IssueBatch.State.RUNNING  # whatever else waits is with the workers already
    _start(batch)
    if through_queue:
        enqueue(batch, [row.pk for row in failed] if handed_over else waiting_rows(batch))
    log.info("Batch %s: %s failed rows are tried again by user %s", batch.pk, len(failed), by.pk)
    return len(failed)


def resume(batch: IssueBatch | None = None) -> int:
    """Hand the waiting rows of ``batch`` (default: of every running one) to the queue again; harmless at any time."""
    running = IssueBatch.objects.filter(state=IssueBatch.State.RUNNING)
    if batch is not None:
        running = running.filter(pk=batch.pk)
    count = 0
    for each in running:
        waiting = waiting_rows(each)
        enqueue(each, waiting)
        finish(each)  # the last worker may have died between its last row and this
        count += len(waiting)
    return count


def waiting_rows(batch: IssueBatch) -> list[int]:
    """The rows of ``batch`` that are still to be issued, in their order."""
    return list(batch.rows.filter(state=IssueRow.State.PENDING).order_by("position").values_list("pk", flat=True))


def terms_of_today(programme_code: str = "") -> Terms:
    """Who issues and signs today, and with which template. Raises NoIssuer, with what to enter where."""
    today = clock.local_day()
    template = composing.in_use(programme_code, today)
    body, signatories = _signing(today, template.signatories)
    return Terms(
        issued_on=today,
        issuer={"code": body.code, "names": body.names},
        signatories=tuple({"name": each.name, "posts": each.posts} for each in signatories),
        is_demo=body.is_demo or any(each.is_demo for each in signatories),
        programme_code=programme_code,
        template=template.named,
    )


def _signing(today: date, named: tuple[int, ...]) -> tuple[IssuingBody, list[Signatory]]:
    """The body that issues and who signs for it: whom the template names, else whoever does on this day."""
    for body in IssuingBody.objects.competent_on(today).order_by("pk"):
        signing = {
            each.pk: each
            for each in body.signatories.all()
            if each.from_on <= today and (each.until_on or today) >= today
        }
        if named and set(named) <= set(signing):
            return body, [signing[each] for each in named]
        if signing and not named:
            return body, list(signing.values())
    if named:
        raise NoIssuer(
            _("Whom the template names does not sign on this day. Begin a new version of the template with who does.")
        )
    raise NoIssuer(_("No issuing body has a signatory on this day. Enter one under Register, Signatories."))


# --- Small steps -----------------------------------------------------------------------------------


def next_serials(programme_code: str, year: int, count: int) -> list[str]:
    """The next ``count`` serials of a programme and year. Whoever asks at the same moment waits."""
    SerialSeries.objects.get_or_create(year=year, programme_code=programme_code)
    series = SerialSeries.objects.select_for_update().get(year=year, programme_code=programme_code)
    first = series.last + 1
    series.last += count
    series.save(update_fields=["last"])
    return [numbering.serial(year, programme_code, first + step) for step in range(count)]


def _number(rows: list[IssueRow], batch: IssueBatch, terms: Terms) -> None:
    serials = next_serials(terms.programme_code, terms.issued_on.year, len(rows)) if rows else []
    for row, serial in zip(rows, serials, strict=True):
        row.serial = serial


def put_aside(row: IssueRow, candidate: Candidate | None) -> None:
    """Mark ``row`` (not yet saved) with the first reason: as failed when only the name is in the way, which can be
    corrected, else as no longer due.
    """
    reasons = candidate.reasons if candidate is not None else ()
    if reasons and all(reason.code in OF_THE_NAME for reason in reasons):
        row.state = IssueRow.State.FAILED
    else:
        row.state = IssueRow.State.DROPPED
    row.error_code = reasons[0].code[:40] if reasons else "no_longer_enrolled"
    row.error_detail = reasons[0].detail[:500] if reasons else ""


def _start(batch: IssueBatch) -> None:
    batch.state, batch.started_at, batch.finished_at = IssueBatch.State.RUNNING, clock.now(), None
    batch.paused_at = batch.paused_by = None
    batch.save()


def enqueue(batch: IssueBatch, row_ids: list[int]) -> None:
    """Hand rows to the workers, some at a time."""
    for start in range(0, len(row_ids), CHUNK):
        queue.enqueue(
            "certification.tasks.issue_rows", batch.pk, row_ids[start : start + CHUNK], group=f"issue {batch.pk}"
        )


def finish(batch: IssueBatch) -> None:
    """Close the batch once nothing waits. Two workers may both try; it is closed once."""
    with transaction.atomic():
        batch = locked(batch)
        if batch.state == IssueBatch.State.RUNNING and not batch.rows.filter(state=IssueRow.State.PENDING).exists():
            batch.state, batch.finished_at = IssueBatch.State.DONE, clock.now()
            batch.save(update_fields=["state", "finished_at"])
            log.info("Batch %s is done", batch.pk)


def locked(batch: IssueBatch) -> IssueBatch:
    """The list as it is now; whoever else wants it waits."""
    return IssueBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)


def _refuse_same_person(batch: IssueBatch, by) -> None:
    if by.pk == batch.requested_by_id:
        raise FourEyes(
            ngettext(
                "You asked for this %(count)s certificate, so somebody else must decide: another officer or a commission member.",
                "You asked for these %(count)s certificates, so somebody else must decide: another officer or a commission member.",
                batch.expected_count,
            )
            % {"count": batch.expected_count}
        )
