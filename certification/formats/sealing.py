"""The council's seal on a finished PDF: PAdES B-B (ETSI EN 319 142-1), or B-T when a time-stamp service is given."""

import asyncio
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from asn1crypto import cms as asn1_cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID, ObjectIdentifier
from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import ExternalSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.timestamps import TimeStamper

from certification.formats import cms
from lms.kernel import pdf

# Signature algorithm → the longest signature it makes, in bytes. The digest is always SHA-256.
ALGORITHMS = {"ecdsa": 72, "rsa": 512}
# The CMS structure around certificates and signature, and the answer of a time-stamp service with its certificates.
_STRUCTURE, _TIMESTAMP = 1024, 12 * 1024
# What a seal signs of itself, and what pyHanko may add (RFC 6211).
_ATTRIBUTES = {"content_type", "message_digest", "signing_certificate_v2"}
_MAY_HAVE = {"cms_algorithm_protection"}
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5
_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336


@dataclass(frozen=True)
class SealKey:
    """A key that seals, as its user sees it: the private half stays in a file, a signing process or a PKCS#11 token.

    ``certificate`` and ``chain`` (its issuers, up to the root) are DER. ``sign_digest`` takes the 32 bytes of a
    SHA-256 and returns a DER-encoded ECDSA signature or, for ``rsa``, one of PKCS#1 v1.5. ``algorithm`` is one of
    ALGORITHMS. A signing process wants to see what it signs: where ``sign_attributes`` is given it is asked instead, with
    the DER of the CMS signed attributes.
    """

    certificate: bytes
    chain: tuple[bytes, ...]
    sign_digest: Callable[[bytes], bytes]
    algorithm: str = "ecdsa"
    sign_attributes: Callable[[bytes], bytes] | None = None


class CannotSeal(ValueError):
    """The PDF is sealed already, cannot be read or keeps no field for a seal, or the seal does not fit."""


def seal(
    document: bytes,
    *,
    key: SealKey,
    at: datetime,
    reason: str,
    location: str,
    timestamper: TimeStamper | None = None,
) -> bytes:
    """``document`` with an unseen seal in the field kept for it that certifies it and allows no later change (ISO 32000-1, 12.8.2.2, level 1).

    ``at`` is the time that the seal claims; ``reason`` and ``location`` are shown by readers. With a ``timestamper`` the time is confirmed by it (B-T). The original bytes stay
    as they are at the beginning. The same arguments give the same bytes when the key signs deterministically (RFC 6979)
    and there is no time-stamp. Raises CannotSeal.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; a seal's time must be unmistakable.")
    try:
        reader = PdfFileReader(io.BytesIO(document))
        sealed_before = bool(reader.embedded_signatures)
        writer = _Writer(reader.stream, prev=reader)
    except (PdfError, LookupError) as error:
        raise CannotSeal(f"This is no PDF to be sealed: {error}") from error
    if sealed_before:
        raise CannotSeal("The PDF carries a signature already; seal what the renderer gave.")
    pdf_signer = PdfSigner(
        PdfSignatureMetadata(
            field_name=pdf.SEAL_FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            reason=reason,
            location=location,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        ),
        signer=_signer(key),
    )
    try:
        session = pdf_signer.init_signing_session(writer, existing_fields_only=True)
        session.system_time = at
        ready = session.prepare_tbs_document(validation_info=None, bytes_reserved=_reserved(key, timestamper))
        output = io.BytesIO()
        prepared, _output = ready.digest_tbs_document(output=output)
        prepared.fill_with_cms(output, _signed(prepared.document_digest, key, timestamper))
    except SigningError as error:
        raise CannotSeal(f"The PDF cannot be sealed; was it rendered with a seal_label? {error}") from error
    return output.getvalue()


def _signed(digest: bytes, key: SealKey, timestamper: TimeStamper | None) -> bytes:
    """The signature over a document with this ``digest``, and with a ``timestamper`` its token over the signature."""
    attributes = cms.signed_attributes(digest, key.certificate)
    signature = (
        key.sign_attributes(attributes) if key.sign_attributes else key.sign_digest(hashlib.sha256(attributes).digest())
    )
    token = b""
    if timestamper is not None:
        token = asyncio.run(timestamper.async_timestamp(hashlib.sha256(signature).digest(), "sha256")).dump()
    return cms.signed_data(
        digest,
        signature,
        certificate=key.certificate,
        chain=key.chain,
        algorithm=key.algorithm,
        time_stamp=token,
    )


def _reserved(key: SealKey, timestamper: TimeStamper | None) -> int:
    """Hexadecimal digits kept free for the seal: known beforehand, so that nothing is signed only to be measured."""
    certificates = len(key.certificate) + sum(len(each) for each in key.chain)
    room = _STRUCTURE + certificates + ALGORITHMS[key.algorithm] + (_TIMESTAMP if timestamper else 0)
    return 2 * room


class _Writer(IncrementalPdfFileWriter):
    """Adds the seal and nothing else: no new metadata with the time of day, no random identifier."""

    def _update_meta(self):
        # The page was described when it was made; the seal says when and by whom it was sealed.
        pass

    @classmethod
    def _handle_id(cls, prev):
        # ISO 32000-1, 14.4: the first half stays, the second changes with the file.
        first, second = prev.trailer["/ID"]
        changed = hashlib.sha256(b"sealed" + bytes(second.original_bytes)).digest()[:16]
        return ArrayObject([ByteStringObject(first.original_bytes), ByteStringObject(changed)])


@lru_cache(maxsize=8)
def _signer(key: SealKey) -> ExternalSigner:
    """What pyHanko wants to know of a signer while it lays out the file; the signature is made by ``cms``."""
    return ExternalSigner(asn1_x509.Certificate.load(key.certificate), None, ALGORITHMS[key.algorithm])


def problem_of_attributes(attributes: bytes, certificate: bytes) -> str:
    """Why ``attributes`` are not the signed attributes of a seal of ours made with ``certificate``; "" when they are.

    PAdES (ETSI EN 319 142-1, 6.3): content type, digest and signing certificate, each once, and no time.
    """
    try:
        known = asn1_cms.CMSAttributes.load(attributes, strict=True)
        found = {each["type"].native: each["values"] for each in known}
        if len(found) != len(known) or not _ATTRIBUTES <= set(found) <= _ATTRIBUTES | _MAY_HAVE:
            return f"it has the attributes {', '.join(sorted(found))}."
        if known.dump(force=True) != attributes:
            return "it is not written as DER."
        if [each.native for each in found["content_type"]] != ["data"]:
            return "it is not of data."
        if [len(each.native) for each in found["message_digest"]] != [32]:
            return "it holds no SHA-256."
        (named,) = found["signing_certificate_v2"]
        digest = named["certs"][0]["cert_hash"].native
    except (ValueError, TypeError, KeyError, IndexError) as error:
        return f"it cannot be read: {error}"
    if digest != hashlib.sha256(certificate).digest():
        return "it names another certificate than the seal's."
    return ""


def file_key(private: bytes, certificate: bytes, *chain: bytes) -> SealKey:
    """The SealKey of a private key and its certificates in PEM. ECDSA signs deterministically (RFC 6979).

    Raises ValueError for a key that is neither P-256 nor RSA of 2048 to 4096 bits, or not the certificate's.
    """
    secret = serialization.load_pem_private_key(private, password=None)
    own = x509.load_pem_x509_certificate(certificate)
    chain_der = tuple(_der(x509.load_pem_x509_certificate(each)) for each in chain)
    if own.public_key() != secret.public_key():
        raise ValueError(f"The certificate of {own.subject.rfc4514_string()} belongs to another key.")
    sha256 = Prehashed(hashes.SHA256())
    if isinstance(secret, ec.EllipticCurvePrivateKey) and isinstance(secret.curve, ec.SECP256R1):
        ecdsa = ec.ECDSA(sha256, deterministic_signing=True)
        return SealKey(_der(own), chain_der, lambda digest: secret.sign(digest, ecdsa), "ecdsa")
    if isinstance(secret, rsa.RSAPrivateKey) and 2048 <= secret.key_size <= 4096:
        return SealKey(_der(own), chain_der, lambda digest: secret.sign(digest, padding.PKCS1v15(), sha256), "rsa")
    raise ValueError("A seal's key is P-256, or RSA of 2048 to 4096 bits; make one of these.")


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True)
class DemonstrationSeal:
    """Key and certificates in PEM that say themselves that they are for demonstrations."""

    root: bytes
    certificate: bytes
    private: bytes

    def key(self) -> SealKey:
        return file_key(self.private, self.certificate, self.root)


def demonstration_seal(
    organisation: str, *, not_before: datetime, days: int = 3650, kind: str = "P-256", seed: bytes | None = None
) -> DemonstrationSeal:
    """A new root and a seal certificate under it, for development and demonstrations; ``kind`` P-256 or RSA-3072.

    The root's private key is forgotten here: nothing else is ever issued under it. With a ``seed`` of 32 secret bytes
    (P-256 only) all of it follows from the arguments, so that every process has the same seal and none must keep it.
    """
    not_before = not_before.astimezone(UTC)
    root_key, seal_key = (_new_key(kind) if seed is None else _derived_key(seed, use) for use in ("root", "seal"))
    root_name = _name(organisation, "DEMONSTRATION root, not for real documents")
    until = not_before + timedelta(days=days)
    root_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())

    def certificate(name: x509.Name, public, extensions) -> bytes:
        builder = (
            x509.CertificateBuilder(issuer_name=root_name, subject_name=name, public_key=public)
            .serial_number(x509.random_serial_number() if seed is None else _serial(public))
            .not_valid_before(not_before)
            .not_valid_after(until)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        deterministic = None if seed is None else True
        signed = builder.sign(root_key, hashes.SHA256(), ecdsa_deterministic=deterministic)
        return signed.public_bytes(serialization.Encoding.PEM)

    return DemonstrationSeal(
        root=certificate(
            root_name,
            root_key.public_key(),
            [
                (x509.BasicConstraints(ca=True, path_length=0), True),
                (_usage(key_cert_sign=True, crl_sign=True), True),
                (root_id, False),
            ],
        ),
        certificate=certificate(
            _name(organisation, "DEMONSTRATION seal, not for real documents"),
            seal_key.public_key(),
            [
                (x509.BasicConstraints(ca=False, path_length=None), True),
                (_usage(digital_signature=True, content_commitment=True), True),
                (x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), False),
                (x509.SubjectKeyIdentifier.from_public_key(seal_key.public_key()), False),
                (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), False),
            ],
        ),
        private=seal_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def _new_key(kind: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if kind == "P-256":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "RSA-3072":
        return rsa.generate_private_key(65537, 3072)
    raise ValueError(f"{kind!r} is no kind of key for a seal; use P-256 or RSA-3072.")


def _derived_key(seed: bytes, use: str) -> ec.EllipticCurvePrivateKey:
    # Half as long again as the order of the curve, so that no key is noticeably likelier than another.
    number = int.from_bytes(HKDF(hashes.SHA256(), 48, None, f"P-256 {use}".encode()).derive(seed))
    return ec.derive_private_key(number % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def _serial(public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> int:
    """19 bytes of a hash of the key: RFC 5280 (4.1.2.2) allows 20 and a positive number."""
    return int.from_bytes(x509.SubjectKeyIdentifier.from_public_key(public).digest[:19]) or 1


def _name(organisation: str, common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _usage(**granted: bool) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: granted.get(name, False) for name in every})
