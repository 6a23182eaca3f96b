"""The structure of a signature: byte for byte what a general library makes of the same digest and key."""

import asyncio
import hashlib
from datetime import UTC, datetime

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import keys, x509
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certification.formats import cms, sealing

pytestmark = pytest.mark.once

DIGEST = hashlib.sha256(b"a document").digest()


def demonstration(kind):
    return sealing.demonstration_seal("Dëshmi", not_before=datetime(2026, 1, 1, tzinfo=UTC), kind=kind)


def by_pyhanko(seal, key) -> bytes:
    private = serialization.load_pem_private_key(seal.private, None).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = SimpleSigner(
        signing_cert=x509.Certificate.load(key.certificate),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore.from_certs(x509.Certificate.load(each) for each in key.chain),
    )
    return asyncio.run(signer.async_sign(DIGEST, "sha256", use_pades=True)).dump()


def ours(key) -> bytes:
    signature = key.sign_digest(hashlib.sha256(cms.signed_attributes(DIGEST, key.certificate)).digest())
    return cms.signed_data(DIGEST, signature, certificate=key.certificate, chain=key.chain, algorithm=key.algorithm)


def test_a_long_rsa_key_gives_the_very_bytes_that_a_general_library_gives():
    seal = demonstration("RSA-3072")
    key = seal.key()

    assert ours(key) == by_pyhanko(seal, key)


def test_with_a_curve_everything_but_the_random_signature_is_the_same():
    seal = demonstration("P-256")
    key = seal.key()

    found, expected = (
        asn1_cms.ContentInfo.load(each, strict=True)["content"] for each in (ours(key), by_pyhanko(seal, key))
    )

    assert found["certificates"].dump() == expected["certificates"].dump()
    for name in ("sid", "digest_algorithm", "signed_attrs", "signature_algorithm"):
        assert found["signer_infos"][0][name].dump() == expected["signer_infos"][0][name].dump()


def test_a_time_stamp_stands_beside_the_signature_and_not_under_it():
    key = demonstration("P-256").key()
    plain = ours(key)
    token = asn1_cms.ContentInfo({"content_type": "data", "content": b"token"}).dump()

    stamped = cms.signed_data(
        DIGEST, b"signature", certificate=key.certificate, chain=key.chain, algorithm="ecdsa", time_stamp=token
    )

    (attribute,) = asn1_cms.ContentInfo.load(stamped)["content"]["signer_infos"][0]["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    assert attribute["values"][0].dump() == token
    assert asn1_cms.ContentInfo.load(plain)["content"]["signer_infos"][0]["unsigned_attrs"].native is None
