"""Data Integrity proofs with Ed25519: eddsa-rdfc-2022 and eddsa-jcs-2022 side by side, as a proof set.

W3C Verifiable Credential Data Integrity 1.0 sections 2.1.1 and 4; Data Integrity EdDSA Cryptosuites 1.0 sections 3.2
and 3.3. Both sign ``SHA-256(proof options) || SHA-256(document)``; they differ in what they hash. RDFC hashes the
meaning, as Open Badges wallets expect; JCS hashes the very members, which is quick and safe to check for a stranger.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certification.formats import contexts
from certification.formats.credential import issuer_of
from certification.formats.did import from_multibase, to_multibase
from certification.formats.signer import Signer

RDFC, JCS = "eddsa-rdfc-2022", "eddsa-jcs-2022"
_MEMBERS = {
    "type",
    "cryptosuite",
    "created",
    "verificationMethod",
    "proofPurpose",
    "proofValue",
}


class Refused(ValueError):
    """The signature does not hold, or there is none that could."""


class UnknownKey(LookupError):
    """The key that is named is not among ours, so nothing can be said about the signature. ``key_id`` names it."""

    def __init__(self, key_id: str):
        self.key_id = key_id
        super().__init__(f"The key {key_id!r} is not known here.")


@dataclass(frozen=True)
class Proved:
    """What a proof holds for: the document without its proofs, the key, and when the proof says it was made."""

    document: dict[str, Any]
    verification_method: str
    created: datetime


def secure(document: Mapping[str, Any], signer: Signer, *, created: datetime) -> dict[str, Any]:
    """``document`` with both proofs. The same arguments give the same bytes (Ed25519 signs deterministically).

    Raises contexts.MemberLost when a member would not be covered, ValueError when the key is not the issuer's.
    """
    if "proof" in document:
        raise ValueError("The document is signed already; sign it as it was built.")
    if not _belongs(signer.verification_method, document):
        raise ValueError(f"The key {signer.verification_method} does not belong to the issuer {issuer_of(document)!r}.")
    proofs = [prove(document, signer, created=created, suite=suite) for suite in (RDFC, JCS)]
    return {**document, "proof": proofs}


def prove(document: Mapping[str, Any], signer: Signer, *, created: datetime, suite: str) -> dict[str, Any]:
    """One proof over ``document``, made at ``created`` (to the second)."""
    if created.tzinfo is None:
        raise ValueError(f"The moment {created} has no time zone.")
    options: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "verificationMethod": signer.verification_method,
        "proofPurpose": "assertionMethod",
    }
    if suite == JCS:
        options["@context"] = document["@context"]  # section 3.3.1, step 2: the JCS proof carries it
    return options | {"proofValue": to_multibase(signer.sign(_hash_data(document, options)))}


def verify(secured: Mapping[str, Any], keys: Mapping[str, bytes]) -> Proved:
    """Check the eddsa-jcs-2022 proof of a document that may come from anybody (credential.parse reads it).

    ``keys`` are the raw public keys we trust, by DID URL; nothing named in the document is ever fetched, and other
    proofs are not looked at. Raises Refused, or UnknownKey when the proof names a key that is not in ``keys``.
    """
    return _verify(secured, keys, JCS)


def verify_own(secured: Mapping[str, Any], keys: Mapping[str, bytes]) -> Proved:
    """Check the eddsa-rdfc-2022 proof of a document that *we* made: RDF of strangers can take minutes to canonicalise."""
    return _verify(secured, keys, RDFC)


def _verify(secured: Mapping[str, Any], keys: Mapping[str, bytes], suite: str) -> Proved:
    proof = _only_proof(secured, suite)
    document = {name: value for name, value in secured.items() if name != "proof"}
    unknown = sorted(set(proof) - _MEMBERS - {"@context"})
    if unknown or not set(proof) >= _MEMBERS or not all(isinstance(proof[name], str) for name in _MEMBERS):
        raise Refused(f"The {suite} proof does not have the members of one ({', '.join(unknown) or 'one is missing'}).")
    if proof["proofPurpose"] != "assertionMethod":
        raise Refused(f"The proof is meant for {proof['proofPurpose']!r}, not for assertionMethod.")
    if "@context" in proof and proof["@context"] != document.get("@context"):
        raise Refused("The proof was made under other contexts than the document names.")
    method = proof["verificationMethod"]
    if not _belongs(method, document):
        raise Refused(f"The key {method!r} does not belong to the issuer {issuer_of(document)!r}.")
    created = _moment(proof["created"])
    if method not in keys:
        raise UnknownKey(method)
    try:
        signature = from_multibase(proof["proofValue"])
        data = _hash_data(document, {name: value for name, value in proof.items() if name != "proofValue"})
    except (ValueError, RecursionError) as error:
        raise Refused(f"The proof cannot be checked: {error}") from error
    try:
        Ed25519PublicKey.from_public_bytes(keys[method]).verify(signature, data)
    except InvalidSignature:
        raise Refused("The signature does not fit the document: it was changed, or another key signed it.") from None
    return Proved(document, method, created)


def _hash_data(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """What is signed: the hash of the proof options, then that of the document (sections 3.2.4 and 3.3.4)."""
    if options["cryptosuite"] == JCS:
        canonical = [rfc8785.dumps(dict(options)), rfc8785.dumps(dict(document))]
    else:
        # Section 3.2.5: the options are read under the document's contexts.
        named = rfc8785.dumps({"@context": document["@context"], **options})
        canonical = [_quads_of_options(named), contexts.n_quads(document)]
    return b"".join(hashlib.sha256(each).digest() for each in canonical)


@lru_cache(maxsize=8)
def _quads_of_options(options: bytes) -> bytes:
    """Remembered, because all that is signed by a key in the same second has the same."""
    return contexts.n_quads(json.loads(options))


def _only_proof(secured: Mapping[str, Any], suite: str) -> Mapping[str, Any]:
    found = secured.get("proof")
    proofs = found if isinstance(found, list) else [found]
    ours = [
        proof
        for proof in proofs
        if isinstance(proof, Mapping)
        and proof.get("type") == "DataIntegrityProof"
        and proof.get("cryptosuite") == suite
    ]
    if len(ours) != 1:
        raise Refused(f"The document has {len(ours)} proofs of the kind {suite}; it must have exactly one.")
    return ours[0]


def _belongs(method: str, document: Mapping[str, Any]) -> bool:
    did, separator, fragment = method.partition("#")
    return bool(separator and fragment) and did == issuer_of(document)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refused(f"The proof was made at {text!r}, which is not a moment.")
    return moment
