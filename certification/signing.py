"""The edge where things are signed: a key for each purpose, named by an id that follows from its public half.

Which key signs now is in the register of keys (models/log.py); its private half is with a signer process that is asked
through SIGNER_SOCKET or, without one, in this process. Either way what is asked for says what it is: there is nothing
that signs bytes. Where everything is fiction (development, demonstration, tests) keys that are not set follow from
SIGNING_KEY, so that every process has the same; production refuses that.
"""

import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.cache import cache as shared
from django.core.exceptions import ImproperlyConfigured

from certification.formats import checkpoints, did, sealing, time_stamps
from certification.formats.checkpoints import Checkpoint, NoteKey, log_key
from certification.formats.signer import Signer
from certification.keyholding import keyring, wire
from certification.keyholding.desk import Desk, RequestRefused
from certification.keyholding.from_settings import SEEDS, demonstration, keys_of_settings
from certification.keyholding.keyring import CREDENTIAL, LOG, PURPOSES, SEAL, STATUS, Keyring, KeyUnusable, NotHeld
from certification.keyholding.tokens import NoToken
from certification.models import LogHead, SigningKey
from certification.rules import merkle
from lms.kernel import clock

__all__ = ["CREDENTIAL", "LOG", "PURPOSES", "SEAL", "SEEDS", "STATUS", "keys_of_settings"]

_SETTINGS = {**SEEDS, SEAL: "SEAL_KEY_FILE and SEAL_CERTIFICATE_FILE"}
_STAMPS_FAILED = "certification.time_stamps_failed"

log = logging.getLogger(__name__)
kid = keyring.kid


class CannotSign(ImproperlyConfigured, ValueError):
    """Nothing can be signed now, and the text says why. What was to be signed waits; nothing half of it is kept."""


class NoKeyInUse(CannotSign):
    """There were keys for the purpose, and none is in use: another must be put to use first."""


class UnknownKey(LookupError):
    """No public key is known under that id, so nothing can be said about the signature."""


@dataclass(frozen=True)
class Signature:
    key_id: str
    value: bytes


@dataclass(frozen=True)
class PublicHalf:
    """A key as everybody may know it; ``chain`` are the issuers of a seal's certificate (DER)."""

    purpose: str
    kid: str
    public: bytes
    chain: tuple[bytes, ...] = ()
    source: str = ""


# --- Who we are ------------------------------------------------------------------------------------


def issuer_did() -> str:
    """The issuer's DID: ISSUER_DID, or the did:web of SITE_URL's host."""
    return settings.ISSUER_DID or did.did_web(urlsplit(settings.SITE_URL).netloc)


def log_origin() -> str:
    """The log's name, as checkpoints begin with it: fixed at its first entry, whatever the settings say since."""
    return LogHead.objects.values_list("origin", flat=True).first() or log_origin_set()


def log_origin_set() -> str:
    """The name that a new log would get: LOG_ORIGIN, or the host of SITE_URL and ``/log``."""
    return settings.LOG_ORIGIN or f"{urlsplit(settings.SITE_URL).netloc}/log"


# --- Who signs: a process of its own, or this one --------------------------------------------------


def ask(kind: str, **fields: Any) -> dict[str, Any]:
    """The signer's answer to a typed request (keyholding/desk.py). Raises CannotSign."""
    try:
        if settings.SIGNER_SOCKET:
            return _client(settings.SIGNER_SOCKET).ask(kind, **fields)
        return _desk_here().answer({"kind": kind, **fields})
    except (wire.SignerUnavailable, wire.SignerRefused, RequestRefused, KeyUnusable, NotHeld, NoToken) as error:
        raise CannotSign(str(error)) from error


@cache
def _client(path: str) -> wire.Client:
    return wire.Client(path)


def _desk_here() -> Desk:
    return _desk(keys_of_settings(), issuer_did(), log_origin(), settings.DERIVE_KEYS)


@lru_cache(maxsize=8)
def _desk(keys: Keyring, issuer: str, origin: str, is_fiction: bool) -> Desk:
    return Desk(keys, issuer=issuer, origin=origin, demonstration=demonstration if is_fiction else None)


# --- Keys by purpose -------------------------------------------------------------------------------


def in_use(purpose: str) -> PublicHalf:
    """The key that signs for ``purpose`` now; before any has, the first one published or held. Raises CannotSign."""
    row = SigningKey.objects.filter(purpose=purpose, state=SigningKey.State.ACTIVE).first()
    if row is not None:
        return of_row(row)
    if SigningKey.objects.filter(purpose=purpose).exclude(state=SigningKey.State.PENDING).exists():
        raise NoKeyInUse(f"No key is in use for {purpose}: the last one was withdrawn. Put another to use first.")
    found = held(purpose)
    if not found:
        raise CannotSign(f"There is no key for {purpose}: set {_SETTINGS[purpose]}.")
    chosen = SigningKey.objects.filter(purpose=purpose).order_by("published_at").values_list("kid", flat=True).first()
    return next((key for key in found if key.kid == chosen), found[0])


def held(purpose: str) -> list[PublicHalf]:
    """The public halves of the keys whose private half the signer has. Raises CannotSign."""
    return [_public(told) for told in ask("keys", purpose=purpose)["keys"]]


def create(purpose: str) -> PublicHalf:
    """Have the signer make a new key, which nobody knows yet. Raises CannotSign."""
    return _public(ask("create", purpose=purpose))


def of_row(row: SigningKey) -> PublicHalf:
    return PublicHalf(row.purpose, row.kid, bytes(row.public), chain_of(row), row.backend_uri)


def chain_of(row: SigningKey) -> tuple[bytes, ...]:
    pem = bytes(row.chain)
    return tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem)) if pem else ()


def _public(told: Mapping[str, Any]) -> PublicHalf:
    chain = tuple(base64.b64decode(each) for each in told.get("chain", ()))
    return PublicHalf(told["purpose"], told["kid"], base64.b64decode(told["public"]), chain, told["source"])


def signer(purpose: str) -> Signer:
    """The key that signs for ``purpose`` now, as the formats see it. Raises CannotSign when there is none.

    Where a signer process has the key, it signs what it can read by itself: with the key of credentials square codes,
    with that of status lists the manifest of a kit.
    """
    key = in_use(purpose)
    return Signer(f"{issuer_did()}#{key.kid}", key.public, partial(_sign, purpose, key.kid))


def _sign(purpose: str, name: str, message: bytes) -> bytes:
    if not settings.SIGNER_SOCKET:
        try:
            private = keys_of_settings().get(name, purpose).sign
        except (KeyUnusable, NotHeld, NoToken) as error:
            raise CannotSign(str(error)) from error
        return private(message) if private else b""
    if purpose == CREDENTIAL:
        answer = ask("token", key=name, body=base64.b64encode(message).decode())
    elif purpose == STATUS:
        answer = ask("manifest", key=name, text=message.decode())
    else:
        raise CannotSign(f"With the key for {purpose} only checkpoints are signed; use signed_checkpoint.")
    return base64.b64decode(answer["signature"])


def signed_credential(document: Mapping[str, Any], *, created: datetime) -> tuple[dict[str, Any], str]:
    """A certificate's credential with both proofs, and as a token. Raises CannotSign."""
    return _secured("credential", CREDENTIAL, document, created)


def signed_list(document: Mapping[str, Any], *, created: datetime) -> tuple[dict[str, Any], str]:
    """A status list with both proofs, and as a token. Raises CannotSign."""
    return _secured("list", STATUS, document, created)


def _secured(kind: str, purpose: str, document: Mapping[str, Any], created: datetime) -> tuple[dict[str, Any], str]:
    answer = ask(kind, key=in_use(purpose).kid, document=document, created=created.isoformat())
    return answer["document"], answer["jwt"]


def signed_checkpoint(checkpoint: Checkpoint, read: merkle.Read) -> str:
    """The note of ``checkpoint``; ``read`` gives the log's nodes, with which the signer is shown that nothing is lost.

    Raises CannotSign, also when the log does not follow from what was published before.
    """
    key, shown = in_use(LOG), _shown_to_follow(checkpoint, read) if settings.SIGNER_SOCKET else {}

    def sign(text: bytes) -> bytes:
        return base64.b64decode(ask("checkpoint", key=key.kid, text=text.decode(), **shown)["signature"])

    return checkpoints.signed(checkpoint, Signer(f"{issuer_did()}#{key.kid}", key.public, sign))


def tell_published(checkpoint: Checkpoint) -> None:
    """Let the signer know that ``checkpoint`` stands: no other of its size is signed from now on."""
    if settings.SIGNER_SOCKET:
        try:
            ask("published", size=checkpoint.size, root=checkpoint.root.hex())
        except CannotSign as error:
            # The next checkpoint builds on this one and says so by itself.
            log.warning("The signer was not told of the checkpoint of %s entries: %s", checkpoint.size, error)


def _shown_to_follow(checkpoint: Checkpoint, read: merkle.Read) -> dict[str, Any]:
    known = ask("head")
    for name in ("signed", "published"):
        size, root = known[name]["size"], known[name]["root"]
        if size == 0:
            return {"from": 0, "path": []}
        if size <= checkpoint.size and merkle.stored_root(size, read).hex() == root:
            path = merkle.stored_consistency_path(size, checkpoint.size, read)
            return {"from": size, "path": [each.hex() for each in path]}
    return {"from": -1, "path": []}  # it does not follow; the signer says so


def public_keys(purpose: str) -> dict[str, bytes]:
    """The raw public keys whose signatures for ``purpose`` we stand by, by DID URL: in use and retired ones.

    A compromised key is not among them; what it signed before is for the log to say. The first key is, even before it
    has signed anything.
    """
    rows = SigningKey.objects.filter(purpose=purpose).exclude(state=SigningKey.State.COMPROMISED)
    found = {f"{issuer_did()}#{each.kid}": bytes(each.public) for each in rows}
    return found | {f"{issuer_did()}#{key.kid}": key.public for key in _first(purpose)}


def _first(purpose: str) -> list[PublicHalf]:
    """The key that will be entered with the first signature; none when one is entered or the signer does not answer."""
    if SigningKey.objects.filter(purpose=purpose).exclude(state=SigningKey.State.PENDING).exists():
        return []
    try:
        return [in_use(purpose)]
    except CannotSign as error:
        log.warning("The key for %s is not known yet: %s", purpose, error)
        return []


def published_keys() -> list[did.PublishedKey]:
    """What the DID document and the key set are made of: the keys of credentials and status lists."""
    rows = SigningKey.objects.filter(purpose__in=[CREDENTIAL, STATUS])
    known = [did.PublishedKey(f"{issuer_did()}#{row.kid}", bytes(row.public), did.State(row.state)) for row in rows]
    first = [key for purpose in (CREDENTIAL, STATUS) for key in _first(purpose)]
    return known + [did.PublishedKey(f"{issuer_did()}#{key.kid}", key.public) for key in first]


def log_keys(*, lost: bool = False) -> list[NoteKey]:
    """The keys under which a checkpoint may be believed; with ``lost`` also those that were stolen.

    Whoever holds the entries themselves may ask so: he compares roots, and believes no signature alone.
    """
    found = set(public_keys(LOG).values())
    if lost:
        found |= {bytes(each) for each in SigningKey.objects.filter(purpose=LOG).values_list("public", flat=True)}
    return [log_key(log_origin(), public) for public in sorted(found)]


def trouble() -> str:
    """Why nothing can be issued now; "" when it can. Asks the signer, and whether it has every key in use."""
    try:
        for purpose in PURPOSES:
            key = in_use(purpose)
            if key.kid not in {each.kid for each in held(purpose)}:
                return str(NotHeld(key.kid, purpose))
    except CannotSign as error:
        return str(error)
    return ""


# --- The seal on documents -------------------------------------------------------------------------


def seal_key() -> sealing.SealKey:
    """The key that seals documents. Raises CannotSign when it is not set or cannot be read."""
    key = in_use(SEAL)
    if settings.SIGNER_SOCKET:
        chain = key.chain or next((each.chain for each in held(SEAL) if each.kid == key.kid), ())
        return _asked_seal(key.kid, key.public, chain)
    try:
        seal = keys_of_settings().get(key.kid, SEAL).seal
    except (KeyUnusable, NotHeld, NoToken) as error:
        raise CannotSign(str(error)) from error
    assert seal is not None  # noqa: S101 - keys for seals have one
    return seal


@lru_cache(maxsize=8)
def _asked_seal(name: str, certificate: bytes, chain: tuple[bytes, ...]) -> sealing.SealKey:
    def sign(attributes: bytes) -> bytes:
        answer = ask("seal", key=name, attributes=base64.b64encode(attributes).decode())
        return base64.b64decode(answer["signature"])

    def refuse(digest: bytes) -> bytes:
        raise CannotSign("The signer seals no bare digest.")

    is_rsa = isinstance(x509.load_der_x509_certificate(certificate).public_key(), rsa.RSAPublicKey)
    return sealing.SealKey(certificate, chain, refuse, "rsa" if is_rsa else "ecdsa", sign)


def seal(document: bytes, *, at: datetime, reason: str, location: str) -> bytes:
    """``document`` sealed; with a time stamp when SEAL_TSA_URL names a service.

    When the service fails nothing is sealed (CannotSign), unless SEAL_TSA_FALLBACK allows to go on without.
    """
    key, stamper = seal_key(), _time_stamper(settings.SEAL_TSA_URL) if settings.SEAL_TSA_URL else None
    if stamper is not None:
        try:
            sealed = sealing.seal(document, key=key, at=at, reason=reason, location=location, timestamper=stamper)
        except time_stamps.NoTimeStamp as error:
            shared.set(_STAMPS_FAILED, {"at": clock.now(), "why": str(error)}, 30 * 24 * 3600)
            if not settings.SEAL_TSA_FALLBACK:
                raise CannotSign(str(error)) from error
            log.warning("Sealed without a time stamp: %s", error)
        else:
            return sealed
    return sealing.seal(document, key=key, at=at, reason=reason, location=location)


def time_stamps_failed() -> dict[str, Any] | None:
    """When the time-stamp service failed last (within 30 days), and how; None when it did not."""
    return shared.get(_STAMPS_FAILED) if settings.SEAL_TSA_URL else None


@lru_cache(maxsize=2)
def _time_stamper(address: str) -> time_stamps.HttpTimeStamper:
    return time_stamps.HttpTimeStamper(address)


def seal_certificates() -> list[tuple[bytes, tuple[bytes, ...]]]:
    """The certificate and its issuers (DER) of every seal we stand by, the one in use first."""
    rows = SigningKey.objects.filter(purpose=SEAL).exclude(state=SigningKey.State.COMPROMISED)
    known = sorted(rows, key=lambda row: row.state != SigningKey.State.ACTIVE)
    return [(bytes(row.public), chain_of(row)) for row in known] + [(key.public, key.chain) for key in _first(SEAL)]


# --- The seal on the facts, which the register keeps -----------------------------------------------


@cache
def _private(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))


def key_id_of(public: Ed25519PublicKey) -> str:
    """``ed25519-`` and the first sixteen hexadecimal digits of the SHA-256 of the raw public key."""
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"ed25519-{kid(raw).removeprefix('key-')}"


@cache
def _facts_keys(seed: str) -> dict[str, Ed25519PublicKey]:
    public = _private(seed).public_key()
    return {key_id_of(public): public}


def sign(content: bytes) -> Signature:
    """The canonical ``content`` of a certificate's facts, signed."""
    return Signature(current_key_id(), _private(settings.SIGNING_KEY).sign(content))


def current_key_id() -> str:
    return next(iter(_facts_keys(settings.SIGNING_KEY)))


def verify(content: bytes, signature: Signature) -> bool:
    """Did the key with that id sign exactly ``content``? Raises UnknownKey when we do not know the key."""
    public = _facts_keys(settings.SIGNING_KEY).get(signature.key_id)
    if public is None:
        raise UnknownKey(f"The key {signature.key_id} is not known here.")
    try:
        public.verify(signature.value, content)
    except InvalidSignature:
        return False
    return True
