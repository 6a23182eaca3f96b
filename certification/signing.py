"""The edge where bytes are signed: a key for each purpose, named by an id that follows from its public half.

Private keys come from the environment and are nowhere else. Where everything is fiction (development, demonstration,
tests) those that are not set follow from SIGNING_KEY, so that every process has the same; production refuses that.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from certification.formats import did, sealing
from certification.formats.checkpoints import NoteKey, log_key
from certification.formats.signer import Signer
from certification.models import LogHead, SigningKey

CREDENTIAL, STATUS, LOG, SEAL = "credential", "status", "log", "seal"
# Purpose → the setting with its Ed25519 seed, 32 bytes in base64.
SEEDS = {CREDENTIAL: "CREDENTIAL_KEY", STATUS: "STATUS_KEY", LOG: "LOG_KEY"}
_DEMONSTRATED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_DEMONSTRATED_FOR = 3650 * 5  # days


class UnknownKey(LookupError):
    """No public key is known under that id, so nothing can be said about the signature."""


@dataclass(frozen=True)
class Signature:
    key_id: str
    value: bytes


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


# --- Keys by purpose -------------------------------------------------------------------------------


def signer(purpose: str) -> Signer:
    """The key that signs for ``purpose`` now: CREDENTIAL, STATUS or LOG. Raises ImproperlyConfigured when not set."""
    return _signer(seed(purpose), issuer_did())


def seed(purpose: str) -> str:
    """The seed for ``purpose``, in base64. Raises ImproperlyConfigured when there is none and none may be derived."""
    return getattr(settings, SEEDS[purpose]) or base64.b64encode(derived(purpose)).decode()


def derived(purpose: str) -> bytes:
    """32 bytes that follow from SIGNING_KEY (HKDF, RFC 5869): only where everything is fiction."""
    if not settings.DERIVE_KEYS:
        wanted = SEEDS.get(purpose, "SEAL_KEY_FILE and SEAL_CERTIFICATE_FILE")
        raise ImproperlyConfigured(f"There is no key for {purpose}: set {wanted}.")
    material = base64.b64decode(settings.SIGNING_KEY)
    return HKDF(SHA256(), 32, None, f"deshmi {purpose} key".encode()).derive(material)


@cache
def _signer(seed: str, issuer: str) -> Signer:
    private = _private(seed)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(f"{issuer}#{kid(public)}", public, private.sign)


def kid(public: bytes) -> str:
    """``key-`` and the first sixteen hexadecimal digits of the SHA-256 of a public key (or a seal's certificate)."""
    return f"key-{hashlib.sha256(public).hexdigest()[:16]}"


def in_use() -> dict[str, bytes]:
    """By purpose the public half of every key that signs now; of the seal its certificate (DER)."""
    return {purpose: signer(purpose).public for purpose in SEEDS} | {SEAL: seal_key().certificate}


def public_keys(purpose: str) -> dict[str, bytes]:
    """The raw public keys whose signatures for ``purpose`` we stand by, by DID URL: in use and retired ones.

    A compromised key is not among them; what it signed before is for the log to say. The key of the settings is, even
    before it has signed anything.
    """
    known = {each.kid: each for each in SigningKey.objects.filter(purpose=purpose)}
    found = {
        f"{issuer_did()}#{each.kid}": bytes(each.public)
        for each in known.values()
        if each.state != SigningKey.State.COMPROMISED
    }
    own = signer(purpose)
    if kid(own.public) not in known:
        found[own.verification_method] = own.public
    return found


def published_keys() -> list[did.PublishedKey]:
    """What the DID document and the key set are made of: the keys of credentials and status lists."""
    rows = SigningKey.objects.filter(purpose__in=[CREDENTIAL, STATUS])
    known = [did.PublishedKey(f"{issuer_did()}#{row.kid}", bytes(row.public), did.State(row.state)) for row in rows]
    own = [did.PublishedKey(each.verification_method, each.public) for each in map(signer, (CREDENTIAL, STATUS))]
    return known + [each for each in own if each.id not in {key.id for key in known}]


def log_keys() -> list[NoteKey]:
    """The keys under which a checkpoint may be believed."""
    return [log_key(log_origin(), public) for public in public_keys(LOG).values()]


def seal_key() -> sealing.SealKey:
    """The key that seals documents. Raises ImproperlyConfigured when it is not set or cannot be read."""
    if not (settings.SEAL_KEY_FILE and settings.SEAL_CERTIFICATE_FILE):
        return _demonstration_seal(derived(SEAL))
    return _seal_of_files(settings.SEAL_KEY_FILE, settings.SEAL_CERTIFICATE_FILE)


@cache
def _seal_of_files(key_file: str, certificate_file: str) -> sealing.SealKey:
    """``certificate_file`` holds the certificate and then its issuers, all in PEM."""
    try:
        private, certificates = Path(key_file).read_bytes(), Path(certificate_file).read_bytes()
        end = b"-----END CERTIFICATE-----"
        own, *chain = [part.strip() + b"\n" + end + b"\n" for part in certificates.split(end)[:-1]]
        return sealing.file_key(private, own, *chain)
    except (OSError, ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"The seal's key or certificate cannot be used: {error}") from error


@cache
def _demonstration_seal(seed: bytes) -> sealing.SealKey:
    return sealing.demonstration_seal("Dëshmi", not_before=_DEMONSTRATED_FROM, days=_DEMONSTRATED_FOR, seed=seed).key()


# --- The seal on the facts, which the register keeps -----------------------------------------------


@cache
def _private(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))


def key_id_of(public: Ed25519PublicKey) -> str:
    """``ed25519-`` and the first sixteen hexadecimal digits of the SHA-256 of the raw public key."""
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"ed25519-{hashlib.sha256(raw).hexdigest()[:16]}"


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
