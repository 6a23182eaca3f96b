"""Composing: a version of the template is drafted by one officer, approved by another, and used from a day on.

An approved version is never changed; who wants another look begins the next version from it. A certificate names the
version it was drawn with by its hash, so that nothing of what was issued moves when a template does.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from certification.formats import log_leaf
from certification.models import TemplateVersion
from certification.operations.keeping_log import Appending
from certification.rules.look import BUILT_IN, LAYOUT, Look
from lms.kernel import clock

log = logging.getLogger(__name__)

# What one version takes over from the one it is begun from.
COMPOSED = (
    "texts",
    "accent",
    "ink",
    "logo",
    "seal",
    "first_signatory_id",
    "first_signature",
    "second_signatory_id",
    "second_signature",
)


class ComposingRefused(ValueError):
    """It cannot be done; the message says what to do instead."""


class FourEyes(ComposingRefused):
    """Whoever composed a version does not approve it."""


class NotADraft(ComposingRefused):
    """Only a draft is changed, asked for or removed."""


class NotWaiting(ComposingRefused):
    """Only what waits for approval is approved or sent back."""


@dataclass(frozen=True)
class Chosen:
    """The template that certificates of a programme get on a day."""

    named: Mapping[str, Any]  # as the frozen facts name it
    signatories: tuple[int, ...]  # who signs, by id in the register; empty: whoever does for the body on that day


def begin(programme_code: str = "", *, like: TemplateVersion | None = None, by) -> TemplateVersion:
    """A new draft for a programme ("" for all), begun from ``like`` or from the look that comes with the program."""
    with transaction.atomic():
        last = TemplateVersion.objects.filter(programme_code=programme_code).aggregate(last=Max("number"))["last"]
        taken_over = {name: getattr(like, name) for name in COMPOSED} if like else {}
        return TemplateVersion.objects.create(
            programme_code=programme_code, number=(last or 0) + 1, made_at=clock.now(), made_by=by, **taken_over
        )


@transaction.atomic
def change(version: TemplateVersion, composed: Mapping[str, Any], *, by) -> TemplateVersion:
    """Write what was ``composed`` (of COMPOSED) into a draft. Whoever changed it last is its author. Raises NotADraft."""
    version = _draft(version)
    for name in COMPOSED:
        if name in composed:
            setattr(version, name, composed[name])
    version.made_at, version.made_by = clock.now(), by
    version.save()
    return version


@transaction.atomic
def ask(version: TemplateVersion) -> TemplateVersion:
    """Hand a draft over for approval; from now on it is not changed. Raises NotADraft."""
    version = _draft(version)
    version.state = TemplateVersion.State.REQUESTED
    version.save(update_fields=["state"])
    return version


@transaction.atomic
def send_back(version: TemplateVersion) -> TemplateVersion:
    """Make a draft again of what waited for approval. Raises NotWaiting."""
    version = _waiting(version)
    version.state = TemplateVersion.State.DRAFT
    version.save(update_fields=["state"])
    return version


@transaction.atomic
def remove(version: TemplateVersion) -> None:
    """Throw a draft away. Raises NotADraft."""
    _draft(version).delete()


@transaction.atomic
def approve(version: TemplateVersion, *, from_on: date, by) -> TemplateVersion:
    """Use ``version`` from ``from_on`` on: it gets its hash and its entry in the log. Raises FourEyes, NotWaiting.

    From a day in the past would say that certificates already issued have it; that is refused.
    """
    version = _waiting(version)
    if version.made_by_id == by.pk:
        raise FourEyes(_("You composed this version, so somebody else approves it."))
    if from_on < clock.local_day():
        raise ComposingRefused(_("A template is used from today or a later day on, not from one that is past."))
    now = clock.now()
    version.state, version.approved_at, version.approved_by = TemplateVersion.State.APPROVED, now, by
    version.from_on, version.sha256 = from_on, version.look.sha256
    entries = Appending()
    version.log_index = entries.append("template", at=now, salt=log_leaf.new_salt(), content=log_content(version))
    version.save()
    entries.close()
    log.info("Approved template %s, %s", version, version.sha256)
    return version


def log_content(version: TemplateVersion) -> dict[str, Any]:
    """What the log's entry of a template commits to."""
    return {
        "template": version.sha256,
        "programme": version.programme_code,
        "number": version.number,
        "from": version.from_on.isoformat() if version.from_on else "",
    }


def in_use(programme_code: str, on: date) -> Chosen:
    """The template for certificates of a programme issued on a day: its own, else that of all, else the built-in."""
    found = (
        TemplateVersion.objects.filter(
            Q(programme_code=programme_code) | Q(programme_code=""),
            state=TemplateVersion.State.APPROVED,
            from_on__lte=on,
        )
        .order_by("-programme_code", "-from_on", "-number")
        .only("programme_code", "number", "sha256", "first_signatory_id", "second_signatory_id")
        .first()
    )
    if found is None:
        return Chosen({"name": LAYOUT, "number": 0, "sha256": BUILT_IN.sha256}, ())
    signatories = (found.first_signatory_id, found.second_signatory_id)
    return Chosen(
        {"name": found.programme_code or LAYOUT, "number": found.number, "sha256": found.sha256},
        tuple(each for each in signatories if each),
    )


@lru_cache(maxsize=32)
def look(sha256: str) -> Look:
    """The look with this hash, or without one the look that comes with the program. Raises LookupError.

    Kept in the process: an approved version never changes.
    """
    if sha256 in ("", BUILT_IN.sha256):
        return BUILT_IN
    found = TemplateVersion.objects.filter(sha256=sha256).first()
    if found is None or found.look.sha256 != sha256:
        raise LookupError(f"No approved template looks as {sha256} says.")
    return found.look


def _draft(version: TemplateVersion) -> TemplateVersion:
    version = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if version.state != TemplateVersion.State.DRAFT:
        raise NotADraft(
            _("This version is %(state)s and stays as it is. Begin a new version from it.")
            % {"state": version.get_state_display()}
        )
    return version


def _waiting(version: TemplateVersion) -> TemplateVersion:
    version = TemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if version.state != TemplateVersion.State.REQUESTED:
        raise NotWaiting(
            _("This version is %(state)s; nothing waits for a decision.") % {"state": version.get_state_display()}
        )
    return version
