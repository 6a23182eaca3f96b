"""The life of a key: published, put to use, retired, or declared compromised. Each step is an entry in the log.

What a step will do is told before it is done (``foreseen``). Putting a key to use, retiring one and declaring one
compromised take two people; a key that must not be believed any more is withdrawn in the same hour.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from certification import signing
from certification.formats import jose
from certification.keyholding.keyring import NotHeld
from certification.models import Certificate, KeyRequest, LogHead, RenewedProof, SigningKey, StatusList
from certification.operations.keeping_log import Appending, pem
from lms.kernel import clock, queue

log = logging.getLogger(__name__)

# A key is published for so long before its first signature, so that every copy of our keys has it by then.
PUBLISHED_BEFORE = timedelta(days=7)
# After so long in use the next key should take over.
IN_USE_FOR = timedelta(days=365)
State = SigningKey.State


class KeyActRefused(ValueError):
    """The act is not possible; the message says why and what to do instead."""


class FourEyes(KeyActRefused):
    """Whoever asks cannot also approve."""


@dataclass(frozen=True)
class Foreseen:
    """What an act will do, in the order it does it. ``refused`` says why it cannot be done, or is empty."""

    key: SigningKey
    kind: str
    certificates: int  # signed with the key
    renewed: int  # that are proved anew with another key
    doubtful: int  # that are to be looked at, because they were entered after the theft
    lists: int  # that are signed anew
    takes_over: SigningKey | None  # the key in whose place it comes, or that comes in its place
    tree_size: int | None
    refused: str = ""


# --- What there is ---------------------------------------------------------------------------------


def signed_with(key: SigningKey) -> int:
    """How many certificates have their credential, or the seal on their document, from ``key``."""
    return counts([key])[key.pk]


def counts(keys: Iterable[SigningKey]) -> dict[int, int]:
    """``signed_with`` of every one of ``keys``, asked at once."""
    wanted = [key for key in keys if key.purpose in (signing.CREDENTIAL, signing.SEAL)]
    found = Certificate.objects.aggregate(**{f"key_{key.pk}": Count("pk", filter=Q(**_signed(key))) for key in wanted})
    return {key.pk: found.get(f"key_{key.pk}", 0) for key in keys}


def next_due(key: SigningKey) -> datetime | None:
    """When the next key should have taken over; None for a key that is not in use."""
    return key.active_from + IN_USE_FOR if key.state == State.ACTIVE and key.active_from else None


# --- Publishing ------------------------------------------------------------------------------------


@transaction.atomic
def publish(purpose: str, kid: str = "", *, by=None) -> SigningKey:
    """Make known a key that the signer holds: a new one, or with ``kid`` one that was laid into its folder.

    It signs nothing yet. Raises KeyActRefused, signing.CannotSign.
    """
    if purpose not in signing.PURPOSES:
        raise KeyActRefused(
            _("%(purpose)s is no purpose of a key; there are: %(purposes)s.")
            % {"purpose": purpose, "purposes": ", ".join(signing.PURPOSES)}
        )
    if kid:
        key = next((each for each in signing.held(purpose) if each.kid == kid), None)
        if key is None:
            raise KeyActRefused(
                _("The signer holds no key %(key)s for %(purpose)s. Lay it into its folder first.")
                % {"key": kid, "purpose": purpose}
            )
    else:
        waiting = SigningKey.objects.filter(purpose=purpose, state=State.PENDING).first()
        if waiting is not None:
            raise KeyActRefused(
                _("The key %(key)s for %(purpose)s is published already and waits to be put to use.")
                % {"key": waiting.kid, "purpose": purpose}
            )
        key = signing.create(purpose)
    if SigningKey.objects.filter(kid=key.kid).exists():
        raise KeyActRefused(_("The key %(key)s is known already.") % {"key": key.kid})
    keeper = Appending()  # with the first keys, if there were none
    row = SigningKey(
        purpose=purpose,
        kid=key.kid,
        public=key.public,
        chain=pem(key.chain),
        backend_uri=key.source[:200],
        published_at=clock.now(),
    )
    keeper.enter_key(row)
    keeper.close()
    log.info("Key %s for %s published by user %s", row.kid, purpose, getattr(by, "pk", None))
    return row


# --- Asking and deciding ---------------------------------------------------------------------------


def foreseen(key: SigningKey, kind: str, tree_size: int | None = None) -> Foreseen:
    """What ``kind`` (of KeyRequest) will do to ``key`` and to what it signed. Changes nothing."""
    refused = _problem(key, kind, tree_size)
    if kind == KeyRequest.Kind.ACTIVATE:
        before = SigningKey.objects.filter(purpose=key.purpose, state=State.ACTIVE).first()
        lists = StatusList.objects.count() if key.purpose == signing.STATUS else 0
        return Foreseen(key, kind, signed_with(before) if before else 0, 0, 0, lists, before, None, refused)
    if kind == KeyRequest.Kind.RETIRE:
        return Foreseen(key, kind, signed_with(key), 0, 0, 0, None, None, refused)
    size = _log_size() if tree_size is None else tree_size
    following = _following(key)
    good, doubtful = 0, 0
    if key.purpose == signing.CREDENTIAL:
        under = Certificate.objects.filter(**_under(key))
        good = under.filter(log_index__lt=size).count()
        doubtful = under.count() - good
    lists = StatusList.objects.count() if key.purpose == signing.STATUS else 0
    return Foreseen(key, kind, signed_with(key), good, doubtful, lists, following, size, refused)


@transaction.atomic
def request(key: SigningKey, kind: str, *, by, note: str = "", tree_size: int | None = None) -> KeyRequest:
    """Ask for an act upon ``key``. Nothing happens to it until somebody else approves. Raises KeyActRefused."""
    problem = _problem(_locked(key), kind, tree_size)
    if problem:
        raise KeyActRefused(problem)
    try:
        with transaction.atomic():
            return KeyRequest.objects.create(
                key=key, kind=kind, tree_size=tree_size, note=note[:300], requested_at=clock.now(), requested_by=by
            )
    except IntegrityError:
        raise KeyActRefused(
            _("Another act upon the key %(key)s waits for a decision. Decide that one first.") % {"key": key.kid}
        ) from None


@transaction.atomic
def approve(asked: KeyRequest, *, by) -> SigningKey:
    """Do what was asked for. Raises KeyActRefused, FourEyes, signing.CannotSign; then nothing has changed."""
    asked = _taken_up(asked, by)
    key = _locked(asked.key)
    problem = _problem(key, asked.kind, asked.tree_size)
    if problem:
        raise KeyActRefused(problem)
    asked.state = KeyRequest.State.DONE
    asked.save()
    if asked.kind == KeyRequest.Kind.ACTIVATE:
        _activate(key)
    elif asked.kind == KeyRequest.Kind.RETIRE:
        _retire(key)
    else:
        _compromise(key, asked.tree_size)
    log.info("Key %s: %s, asked by user %s, approved by user %s", key.kid, asked.kind, asked.requested_by_id, by.pk)
    return key


@transaction.atomic
def reject(asked: KeyRequest, *, by) -> None:
    asked = _taken_up(asked, by)
    asked.state = KeyRequest.State.REJECTED
    asked.save()


def _taken_up(asked: KeyRequest, by) -> KeyRequest:
    asked = KeyRequest.objects.select_for_update(of=("self",)).select_related("key").get(pk=asked.pk)
    if asked.state != KeyRequest.State.REQUESTED:
        raise KeyActRefused(_("Somebody has already decided on this."))
    if asked.requested_by_id == by.pk:
        raise FourEyes(_("You asked for this, so somebody else must decide: another officer or an administrator."))
    asked.decided_at, asked.decided_by = clock.now(), by
    return asked


# --- What is done ----------------------------------------------------------------------------------


def _activate(key: SigningKey) -> None:
    """``key`` signs from now on; the one before it is retired and stays published."""
    keeper = Appending()
    before = SigningKey.objects.select_for_update().filter(purpose=key.purpose, state=State.ACTIVE).first()
    if before is not None:
        before.state, before.retired_at = State.RETIRED, clock.now()
        keeper.enter_key(before)
    _put_to_use(key, keeper)
    keeper.close()
    _sign_lists_anew(key)


def _retire(key: SigningKey) -> None:
    keeper = Appending()
    key.state, key.retired_at = State.RETIRED, clock.now()
    keeper.enter_key(key)
    keeper.close()


def _compromise(key: SigningKey, tree_size: int | None) -> None:
    """``key`` is believed no more but for what stood in the log before; the next published key takes over at once."""
    following = _following(key) if key.state == State.ACTIVE else None
    keeper = Appending()
    size = keeper.next_index if tree_size is None else tree_size
    key.state, key.compromised_at, key.compromised_tree_size = State.COMPROMISED, clock.now(), size
    keeper.enter_key(key)
    if following is not None:
        _put_to_use(following, keeper)
    keeper.close()
    _sign_lists_anew(key)
    if key.purpose == signing.CREDENTIAL:
        queue.enqueue("certification.tasks.renew_proofs", group="keys")


def _put_to_use(key: SigningKey, keeper: Appending) -> None:
    if key.kid not in {each.kid for each in signing.held(key.purpose)}:
        raise signing.CannotSign(str(NotHeld(key.kid, key.purpose)))
    key.state, key.active_from = State.ACTIVE, clock.now()
    keeper.enter_key(key)


def _sign_lists_anew(key: SigningKey) -> None:
    if key.purpose == signing.STATUS:
        numbers = list(StatusList.objects.values_list("pk", flat=True))
        queue.enqueue("certification.tasks.publish_lists", numbers, group="status")


# --- What is possible ------------------------------------------------------------------------------


def _problem(key: SigningKey, kind: str, tree_size: int | None) -> str:
    """Why ``kind`` is not possible upon ``key``, or ""."""
    if kind == KeyRequest.Kind.ACTIVATE:
        if key.state != State.PENDING:
            return _("The key %(key)s is %(state)s; only one that was published and not yet used is put to use.") % {
                "key": key.kid,
                "state": key.get_state_display(),
            }
        ready = (key.published_at or clock.now()) + PUBLISHED_BEFORE
        had_one = SigningKey.objects.filter(purpose=key.purpose, state=State.ACTIVE).exists()
        if had_one and clock.now() < ready:
            return _(
                "The key %(key)s must be published for 7 days first, so that every copy has it: until %(day)s."
            ) % {
                "key": key.kid,
                "day": f"{clock.local(ready):%d.%m.%Y %H:%M}",
            }
        return ""
    if kind == KeyRequest.Kind.RETIRE:
        if key.state not in (State.PENDING, State.ACTIVE):
            return _("The key %(key)s is %(state)s already.") % {"key": key.kid, "state": key.get_state_display()}
        if key.state == State.ACTIVE:
            return _(
                "The key %(key)s is in use for %(purpose)s. Put another to use; that retires it, and nothing has to wait."
            ) % {"key": key.kid, "purpose": key.get_purpose_display()}
        return ""
    if key.state == State.COMPROMISED:
        return _("The key %(key)s is %(state)s already.") % {"key": key.kid, "state": key.get_state_display()}
    if key.purpose == signing.LOG and key.state == State.ACTIVE and _following(key) is None:
        return _("The log cannot do without a key: publish another first, then it takes over in the same step.")
    if tree_size is not None and tree_size > _log_size():
        return _("The log has %(size)s entries; say a number up to that.") % {"size": _log_size()}
    return ""


def _following(key: SigningKey) -> SigningKey | None:
    """The published key that takes the place of ``key`` when it must go at once."""
    if key.state != State.ACTIVE:
        return None
    return SigningKey.objects.filter(purpose=key.purpose, state=State.PENDING).order_by("published_at", "pk").first()


def _locked(key: SigningKey) -> SigningKey:
    return SigningKey.objects.select_for_update().get(pk=key.pk)


def _log_size() -> int:
    return LogHead.objects.filter(pk=1).values_list("size", flat=True).first() or 0


# --- Certificates under a key ----------------------------------------------------------------------


def _under(key: SigningKey) -> dict:
    """Certificates whose credential is signed with ``key``: its token names it in its first letters."""
    return {"credential_jwt__startswith": jose.beginning(f"{signing.issuer_did()}#{key.kid}")}


def _signed(key: SigningKey) -> dict:
    if key.purpose == signing.CREDENTIAL:
        return _under(key)
    # Of its seal a document tells no column, so that the days in use are counted.
    ended = key.retired_at or key.compromised_at
    period: dict = {"issued_at__gte": key.active_from} if key.active_from else {"pk__in": []}
    return {"credential__isnull": False} | period | ({"issued_at__lt": ended} if ended else {})


def doubtful(key: SigningKey):
    """The certificates under a compromised key that were entered after the theft: for review, one by one."""
    return Certificate.objects.filter(**_under(key)).exclude(log_index__lt=key.compromised_tree_size or 0)


def to_renew(key: SigningKey):
    """The certificates under a compromised key that stood in the log before and have no proof of another key yet."""
    good = Certificate.objects.filter(log_index__lt=key.compromised_tree_size or 0, **_under(key))
    return good.exclude(pk__in=RenewedProof.objects.filter(instead_of=key).values("certificate_id"))
