"""Witnesses: whom we let cosign the log, what they have handed over, and since when each entry has been seen.

A witness keeps its key and its memory apart from us (certification/witness.py). What it cosigns is published with the
checkpoint, and decides from when an entry is known to have been there, whatever date the certificate states.
"""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Min

from certification import signing
from certification.formats import checkpoints
from certification.formats.checkpoints import MalformedNote, Note, NoteKey, UntrustedNote
from certification.formats.signer import Signer
from certification.keyholding.from_settings import derived
from certification.models import Checkpoint, Cosignature, SigningKey
from certification.operations import keeping_log
from lms.kernel import clock

_CLOCKS_DIFFER_BY = timedelta(minutes=5)
_DEMONSTRATION = "witness.example/demonstration"


class NotTaken(ValueError):
    """The cosignature or the key cannot be taken; the text says why and what to do."""


# --- Whom we believe -------------------------------------------------------------------------------


@transaction.atomic
def trust(written: str) -> NoteKey:
    """Believe the witness with this key (``name+id+base64``) from now on, in place of the one before. Safe to repeat.

    What earlier witnesses have seen stays good. The log gets an entry of the change.
    """
    try:
        key = NoteKey.parse(written.strip())
    except MalformedNote as error:
        raise NotTaken(str(error)) from None
    if key.kind != checkpoints.WITNESS:
        raise NotTaken(f"{key.name} is a log's key, not a witness's. A witness's key is made with witness --new-key.")
    log = keeping_log.Appending()
    kid, now = signing.kid(key.public), clock.now()
    row = SigningKey.objects.filter(kid=kid).first()
    if row is None:
        row = SigningKey(kid=kid, purpose=SigningKey.Purpose.WITNESS, public=key.public, name=key.name)
    elif row.purpose != SigningKey.Purpose.WITNESS or row.name != key.name:
        raise NotTaken(f"The key {kid} is known already as another: {row.get_purpose_display()} {row.name}.")
    elif row.state == SigningKey.State.ACTIVE:
        log.close()
        return key
    elif row.state != SigningKey.State.PENDING:
        raise NotTaken(f"The witness {key.name} is {row.get_state_display()}; have it make a new key.")
    before = SigningKey.objects.filter(purpose=SigningKey.Purpose.WITNESS, state=SigningKey.State.ACTIVE).first()
    if before is not None:
        _retire(before, now, log)
    row.state, row.active_from = SigningKey.State.ACTIVE, now
    row.save()
    keeping_log.record("key", keeping_log.key_content(row), at=now, log=log)
    log.close()
    return key


@transaction.atomic
def retire(name: str) -> None:
    """Take nothing more from the witness ``name``; what it has seen stays good."""
    row = SigningKey.objects.filter(
        purpose=SigningKey.Purpose.WITNESS, state=SigningKey.State.ACTIVE, name=name
    ).first()
    if row is None:
        raise NotTaken(f"There is no witness {name!r} whose cosignatures are taken.")
    log = keeping_log.Appending()
    _retire(row, clock.now(), log)
    log.close()


def _retire(row: SigningKey, now: datetime, log: keeping_log.Appending) -> None:
    row.state, row.retired_at = SigningKey.State.RETIRED, now
    row.save(update_fields=["state", "retired_at"])
    keeping_log.record("key", keeping_log.key_content(row), at=now, log=log)


def keys() -> list[NoteKey]:
    """The keys of all witnesses whose cosignatures may be believed: the present one and earlier ones."""
    rows = SigningKey.objects.filter(purpose=SigningKey.Purpose.WITNESS).exclude(state=SigningKey.State.COMPROMISED)
    return [
        checkpoints.witness_key(name or kid, bytes(public))
        for name, kid, public in rows.values_list("name", "kid", "public")
    ]


# --- What they hand over ---------------------------------------------------------------------------


def accept(note: bytes | str) -> list[Cosignature]:
    """Keep what the witness has cosigned. Safe to repeat; returns the rows that are new. Raises NotTaken."""
    try:
        parsed = Note.parse(note)
        size = checkpoints.Checkpoint.parse(parsed.text).size
    except MalformedNote as error:
        raise NotTaken(str(error)) from None
    kept = Checkpoint.objects.filter(size=size).first()
    if kept is None or Note.parse(kept.note).text != parsed.text:
        raise NotTaken(
            f"This log has signed no such checkpoint of {size} entries. Fetch the newest one and cosign that."
        )
    active = {
        checkpoints.witness_key(row.name or row.kid, bytes(row.public)): row
        for row in SigningKey.objects.filter(purpose=SigningKey.Purpose.WITNESS, state=SigningKey.State.ACTIVE)
    }
    try:
        moments = parsed.signed_by(active)
    except UntrustedNote as error:
        raise NotTaken(str(error)) from None
    if not moments:
        raise NotTaken("No witness whose key is known here has cosigned this. Have its key entered first.")
    now, taken = clock.now(), []
    for key, second in moments.items():
        at = datetime.fromtimestamp(min(second or 0, 253_402_300_799), UTC)
        if at > now + _CLOCKS_DIFFER_BY or at < kept.published_at - _CLOCKS_DIFFER_BY:
            raise NotTaken(
                f"{key.name} says it saw this at {at:%Y-%m-%d %H:%M:%S} UTC, which cannot be: it was signed at "
                f"{kept.published_at:%Y-%m-%d %H:%M:%S} and it is {now:%Y-%m-%d %H:%M:%S}. Set the witness's clock right."
            )
        line = next(each for each in parsed.signatures if (each.name, each.key_id) == (key.name, key.id))
        try:
            with transaction.atomic():
                row = Cosignature(checkpoint=kept, key=active[key], at=at, line=str(line), received_at=now)
                row.save(force_insert=True)
        except IntegrityError:
            continue  # it was handed over before; what was said first stands
        taken.append(row)
    return taken


def seen() -> list[tuple[int, datetime]]:
    """How many entries the log had when a witness saw it, and when the first one did: smallest first."""
    rows = Cosignature.objects.exclude(key__state=SigningKey.State.COMPROMISED).values_list("checkpoint_id")
    return [(size, at) for size, at in rows.annotate(first=Min("at")).order_by("checkpoint_id")]


# --- For demonstrations ----------------------------------------------------------------------------


def demonstrate() -> bool:
    """Where everything is fiction: a witness whose key follows from ours cosigns the newest checkpoint.

    It shows what a witness does and proves nothing, and its name says so. False where keys do not follow from another.
    """
    newest = Checkpoint.objects.order_by("-size").first()
    if not settings.DERIVE_KEYS or newest is None:
        return False
    private = Ed25519PrivateKey.from_private_bytes(derived("witness", settings.SIGNING_KEY))
    signer = Signer(_DEMONSTRATION, private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), private.sign)
    others = SigningKey.objects.filter(purpose=SigningKey.Purpose.WITNESS).exclude(name=_DEMONSTRATION)
    if others.exists():
        return False  # somebody tries a witness of their own
    trust(str(checkpoints.witness_key(_DEMONSTRATION, signer.public)))
    newest = Checkpoint.objects.latest("size")
    moment = max(clock.now(), newest.published_at)
    accept(checkpoints.cosigned(newest.note, name=_DEMONSTRATION, signer=signer, moment=int(moment.timestamp()) + 1))
    return True
