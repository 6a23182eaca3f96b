"""Watching the log: checkpoints by the clock, the nightly comparison that pages somebody, the daily letter, and how
it all stands at a glance."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification import notices, published, signing
from certification.models import Certificate, Checkpoint, Cosignature, LogHead, SigningKey, StatusList, Upkeep
from certification.operations import keeping_log, reconciling, witnessing
from certification.operations.reconciling import Difference
from lms.kernel import clock, queue

log = logging.getLogger(__name__)

_SLICE = 100  # seconds of comparing in one task; the queue gives a task three times as long
_KEPT = 300  # findings kept of one comparison
_DAY = timedelta(days=1)


# --- Checkpoints by the clock ----------------------------------------------------------------------


def publish() -> bool:
    """Sign what no checkpoint covers yet. When the log is not what was signed, nothing is, and somebody is told."""
    try:
        note = keeping_log.publish()
    except keeping_log.LogRewritten as error:
        run = Upkeep.objects.create(
            kind=Upkeep.Kind.RECONCILIATION,
            started_at=clock.now(),
            finished_at=clock.now(),
            findings=[f"log: {error}"],
            found=1,
        )
        _tell(run)
        return False
    if settings.DEMO:
        witnessing.demonstrate()
    return bool(note)


# --- Comparing -------------------------------------------------------------------------------------


def compare() -> Iterator[Difference]:
    """Everything that differs, as it is found; at its end the office shows it, and whoever is paged is told."""
    run = Upkeep(kind=Upkeep.Kind.RECONCILIATION, started_at=clock.now())
    for difference in reconciling.differences():
        _note_down(run, [difference])
        yield difference
    _finish(run)


def reconcile(upkeep_id: int | None = None, after: str = "") -> Upkeep:
    """The same in the queue, a slice at a time: from the certificate behind ``after`` on. A slice may run twice."""
    run = Upkeep.objects.filter(pk=upkeep_id).first() if upkeep_id else None
    if run is None:
        run = Upkeep.objects.create(kind=Upkeep.Kind.RECONCILIATION, started_at=clock.now())
    if run.finished_at:
        return run
    begun = time.monotonic()
    for serial, found in reconciling.of_certificates(after):
        _note_down(run, found)
        if time.monotonic() - begun > _SLICE:
            with transaction.atomic():
                run.save()
                queue.enqueue("certification.tasks.reconcile", run.pk, serial, group="log")
            return run
    _note_down(run, reconciling.of_the_whole())
    with transaction.atomic():
        _finish(run)
    return run


def _note_down(run: Upkeep, found) -> None:
    for difference in found:
        sentence = str(difference)
        if sentence not in run.findings:  # a slice that ran twice says the same
            run.found += 1
            run.findings = [*run.findings, sentence][:_KEPT]


def _finish(run: Upkeep) -> None:
    run.finished_at, run.size = clock.now(), Certificate.objects.count()
    run.save()
    _tell(run)


def _tell(run: Upkeep) -> None:
    """At once, and because the comparison runs every night, again every day until nothing differs. Healthy: silent."""
    if not run.found:
        return
    log.error("%s things do not agree with what was signed", run.found)
    if settings.ALARM_MAIL_TO:
        notices.alarm(settings.ALARM_MAIL_TO, run, signing.log_origin())


def last_reconciliation() -> Upkeep | None:
    return _last(Upkeep.Kind.RECONCILIATION)


def _last(kind: str) -> Upkeep | None:
    return Upkeep.objects.filter(kind=kind, finished_at__isnull=False).order_by("-started_at").first()


# --- The daily letter ------------------------------------------------------------------------------


class NothingToSend(LookupError):
    """There is no checkpoint, or nobody to send it to; the text says what to do."""


def mail_checkpoint(*, again: bool = False) -> bool:
    """Send the newest checkpoint to CHECKPOINT_MAIL_TO. Once a day, unless ``again``: then NothingToSend is raised."""
    to = settings.CHECKPOINT_MAIL_TO
    last = Upkeep.objects.filter(kind=Upkeep.Kind.MAIL).order_by("-started_at").first()
    newest = Checkpoint.objects.order_by("-size").first()
    if again and not to:
        raise NothingToSend("CHECKPOINT_MAIL_TO is empty; set it to the addresses that keep the log's checkpoints.")
    if again and newest is None:
        raise NothingToSend("The log has no checkpoint yet; issue a certificate first.")
    was_sent = last is not None and clock.local_day(last.started_at) == clock.local_day()
    if not to or newest is None or (was_sent and not again):
        return False
    with transaction.atomic():
        now = clock.now()
        Upkeep.objects.create(kind=Upkeep.Kind.MAIL, started_at=now, finished_at=now, size=newest.size)
        notices.checkpoint_kept(
            to,
            origin=signing.log_origin(),
            size=newest.size,
            note=published.with_cosignatures(newest),
            grown=newest.size - (last.size if last else 0),
        )
    return True


# --- At a glance -----------------------------------------------------------------------------------

GOOD, LOOK, BAD = "good", "look", "bad"


@dataclass(frozen=True)
class Part:
    """One thing about the log: what it is called, how it stands (GOOD, LOOK, BAD), and a sentence."""

    name: str
    state: str
    text: str


def parts() -> list[Part]:
    """How the log, what is published of it, and its watchers stand now. A constant number of queries."""
    now, head = clock.now(), LogHead.objects.first()
    newest = Checkpoint.objects.order_by("-size").first()
    found = [_checkpoint(head, newest, now), _name(head), _witness(newest, now), _comparison(now)]
    return [*found, *_lists(now), _mirror(now), _letter(now)]


def _checkpoint(head: LogHead | None, newest: Checkpoint | None, now: datetime) -> Part:
    name = _("Checkpoint")
    if head is None or newest is None:
        return Part(name, GOOD, _("The log has not begun."))
    waiting = head.size - newest.size
    text = ngettext("%(count)d entry, signed %(when)s.", "%(count)d entries, signed %(when)s.", newest.size) % {
        "count": newest.size,
        "when": _ago(newest.published_at, now),
    }
    if not waiting:
        return Part(name, GOOD, text)
    text += " " + ngettext("%(count)d entry waits for the next.", "%(count)d entries wait for the next.", waiting) % {
        "count": waiting
    }
    return Part(name, LOOK if now - newest.published_at > 3 * keeping_log.CHECKPOINT_EVERY else GOOD, text)


def _name(head: LogHead | None) -> Part:
    wanted, kept = signing.log_origin_set(), head.origin if head else ""
    if not kept or kept == wanted:
        return Part(_("Name"), GOOD, kept or wanted)
    text = _("%(kept)s. The settings say %(wanted)s; set LOG_ORIGIN to the first.") % {"kept": kept, "wanted": wanted}
    return Part(_("Name"), LOOK, text)


def _witness(newest: Checkpoint | None, now: datetime) -> Part:
    name = _("Witness")
    row = SigningKey.objects.filter(purpose=SigningKey.Purpose.WITNESS, state=SigningKey.State.ACTIVE).first()
    if row is None:
        return Part(name, LOOK, _("Nobody apart from us watches the log. The guide says how the Council begins."))
    last = Cosignature.objects.filter(key=row).order_by("-checkpoint").first()
    if last is None:
        return Part(name, LOOK, _("%(witness)s has seen nothing yet.") % {"witness": row.name})
    text = _("%(witness)s saw %(count)s entries %(when)s.") % {
        "witness": row.name,
        "count": last.checkpoint_id,
        "when": _ago(last.at, now),
    }
    is_behind = newest is not None and last.checkpoint_id < newest.size and now - last.at > _DAY
    return Part(name, LOOK if is_behind else GOOD, text)


def _comparison(now: datetime) -> Part:
    name, run = _("Comparison with what was signed"), last_reconciliation()
    if run is None:
        return Part(name, LOOK, _("It was never made. It runs every night when a worker runs."))
    if run.found:
        text = ngettext("%(count)d thing does not agree, as found %(when)s.", "%(count)d things do not agree, as found %(when)s.", run.found)  # fmt: skip
        return Part(name, BAD, text % {"count": run.found, "when": _ago(run.started_at, now)})
    text = ngettext("%(count)d certificate agrees, as found %(when)s.", "%(count)d certificates agree, as found %(when)s.", run.size)  # fmt: skip
    is_old = now - run.started_at > 2 * _DAY
    return Part(name, LOOK if is_old else GOOD, text % {"count": run.size, "when": _ago(run.started_at, now)})


def _lists(now: datetime) -> Iterator[Part]:
    for row in StatusList.objects.annotate(used=Count("certificates")).defer("content", "jwt").order_by("number"):
        name = _("Status list %(number)s") % {"number": row.number}
        if row.published_at is None:
            yield Part(name, LOOK, _("It was never published."))
            continue
        age = now - row.published_at
        text = _("Published %(when)s; %(used)s of %(size)s places are taken.") % {
            "when": _ago(row.published_at, now),
            "used": row.used,
            "size": row.size,
        }
        yield Part(name, BAD if age > _DAY else LOOK if age > timedelta(hours=2) else GOOD, text)


def _mirror(now: datetime) -> Part:
    name, run = _("Copy for others"), _last(Upkeep.Kind.MIRROR)
    if run is None:
        return Part(name, LOOK, _("It was never written. The command is export_mirror."))
    text = _("Written %(when)s, with %(count)s entries.") % {"when": _ago(run.started_at, now), "count": run.size}
    return Part(name, LOOK if now - run.started_at > 2 * _DAY else GOOD, text)


def _letter(now: datetime) -> Part:
    name, run = _("Checkpoint by mail"), _last(Upkeep.Kind.MAIL)
    if not settings.CHECKPOINT_MAIL_TO:
        return Part(name, LOOK, _("Nobody gets it: CHECKPOINT_MAIL_TO is empty."))
    if run is None:
        return Part(name, LOOK, _("It was never sent."))
    text = _("Sent %(when)s, with %(count)s entries.") % {"when": _ago(run.started_at, now), "count": run.size}
    return Part(name, LOOK if now - run.started_at > 2 * _DAY else GOOD, text)


def _ago(moment: datetime, now: datetime) -> str:
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if not minutes:
        return _("just now")
    if minutes < 60:
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}
    if minutes < 48 * 60:
        return ngettext("%(count)d hour ago", "%(count)d hours ago", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d day ago", "%(count)d days ago", minutes // 1440) % {"count": minutes // 1440}
