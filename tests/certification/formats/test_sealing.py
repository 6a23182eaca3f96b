"""The council's seal: what independent readers say of it, what it costs, and the same bytes again."""

import asyncio
import io
import statistics
import subprocess
import time
from datetime import UTC, datetime, timedelta
from functools import cache

import outloud
import pikepdf
import pytest
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certification.formats import certificate, facts, sealed_file, sealing
from tests.certification.formats.test_certificate import CODE, SITE, some_facts

pytestmark = pytest.mark.once

START = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
CARRIED = {
    "credential.json": b'{"name": "\xc3\x87lirim Gjergjaj"}',
    "credential.tlog-proof": b"c2sp.org/tlog-proof@v1\n",
}


@cache
def demonstration(kind="P-256"):
    return sealing.demonstration_seal("Dëshmi", not_before=START, kind=kind)


@cache
def unsealed(name="Çlirim Gjergjaj"):
    known = facts.seal(some_facts(holder={"printed": name}))
    return certificate.render(
        known.facts, digest=known.sha256, code=CODE, site_url=SITE, attachments=CARRIED, seal_label="Vula e këshillit"
    )


def sealed(document=None, key=None, **options):
    return sealing.seal(
        document or unsealed(),
        key=key or demonstration().key(),
        at=AT,
        reason="Lëshuar nga këshilli",
        location="Prishtinë",
        **options,
    )


def said_by(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.fixture
def on_disk(tmp_path):
    path = tmp_path / "certificate.pdf"
    path.write_bytes(sealed())
    return path


def test_poppler_finds_the_signature_valid_and_the_total_document_signed(on_disk):
    said = said_by("pdfsig", "-nocert", on_disk)

    assert "Signature Type: ETSI.CAdES.detached" in said
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said
    assert "Signer Certificate Common Name: DEMONSTRATION seal, not for real documents" in said


def test_mupdf_finds_the_document_unchanged_and_qpdf_finds_no_fault(on_disk):
    assert "The document is unchanged since signing." in said_by("mutool", "sign", "-v", on_disk)
    assert "No syntax or stream encoding errors found" in said_by("qpdf", "--check", on_disk)


@pytest.mark.parametrize("name", ["Çlirim Gjergjaj", "Љубиша Џамбић"])
def test_the_name_can_be_taken_out_of_the_sealed_file_as_text(tmp_path, name):
    path = tmp_path / "certificate.pdf"
    path.write_bytes(sealed(unsealed(name)))

    assert name in said_by("pdftotext", "-layout", path, "-")


def test_the_accessibility_lint_passes_the_sealed_file(on_disk):
    result = outloud.check(str(on_disk))

    assert result.error is None
    assert [finding.rule for finding in result.findings if finding.severity in {"error", "warning"}] == []


def test_the_seal_keeps_the_identity_of_the_file_as_archival_and_accessible():
    with pikepdf.open(io.BytesIO(unsealed())) as before, pikepdf.open(io.BytesIO(sealed())) as after:
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert after.docinfo == before.docinfo
        assert bytes(after.trailer.ID[0]) == bytes(before.trailer.ID[0])
        assert bytes(after.trailer.ID[1]) != bytes(before.trailer.ID[1])
        assert len(after.Root.AF) == 2


def test_the_sealed_file_begins_with_the_bytes_that_were_rendered():
    assert sealed().startswith(unsealed())


def test_readers_are_told_why_where_when_and_that_nothing_may_change():
    with pikepdf.open(io.BytesIO(sealed())) as file:
        (field,) = file.Root.AcroForm.Fields
        value = field.V

        assert str(field.TU) == "Vula e këshillit"
        assert str(value.SubFilter) == "/ETSI.CAdES.detached"
        assert (str(value.Reason), str(value.Location)) == ("Lëshuar nga këshilli", "Prishtinë")
        assert str(value.M).startswith("D:20261122101500")
        assert value.objgen == file.Root.Perms.DocMDP.objgen
        assert int(value.Reference[0].TransformParams.P) == 1


def test_the_same_file_key_and_moment_give_the_same_bytes_and_another_moment_others():
    again = sealing.seal(
        unsealed(), key=demonstration().key(), at=AT, reason="Lëshuar nga këshilli", location="Prishtinë"
    )
    later = sealing.seal(
        unsealed(),
        key=demonstration().key(),
        at=AT + timedelta(seconds=1),
        reason="Lëshuar nga këshilli",
        location="Prishtinë",
    )

    assert sealed() == again
    assert later != again


@pytest.mark.parametrize("kind", ["P-256", "RSA-3072"])
def test_the_certificates_up_to_the_root_are_in_the_file(kind):
    key = demonstration(kind).key()

    content = sealed(key=key)

    verdict = sealed_file.verify_seal(content, roots=key.chain, at=AT)
    assert verdict.sound
    embedded = content.lower()
    assert all(each.hex().encode() in embedded for each in (key.certificate, *key.chain))


def test_a_key_in_another_process_or_token_only_gets_the_digest():
    asked = []
    own = demonstration().key()

    def elsewhere(digest):
        asked.append(digest)
        return own.sign_digest(digest)

    key = sealing.SealKey(own.certificate, own.chain, elsewhere)

    assert sealed(key=key) == sealed()
    assert [len(digest) for digest in asked] == [32]  # asked once: nothing is signed to measure its size


def test_a_time_stamp_service_confirms_the_moment():
    confirmed = AT + timedelta(seconds=4)

    content = sealed(timestamper=stamper(confirmed))

    verdict = sealed_file.verify_seal(content, roots=[stamp_root(), *demonstration().key().chain], at=AT)
    assert verdict.sound
    assert verdict.stamped_at == confirmed
    assert verdict.signed_at == AT


def test_a_time_stamp_of_a_stranger_confirms_nothing():
    verdict = sealed_file.verify_seal(sealed(timestamper=stamper(AT)), roots=demonstration().key().chain, at=AT)

    assert verdict.stamped_at is None


@cache
def stamping():
    private = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test time-stamps")])
    cert = (
        x509.CertificateBuilder(name, name, private.public_key(), 7, START, START + timedelta(days=3650))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    return private, cert


def stamp_root():
    return stamping()[1].public_bytes(serialization.Encoding.DER)


def stamper(moment):
    secret = stamping()[0].private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return DummyTimeStamper(asn1_x509.Certificate.load(stamp_root()), keys.PrivateKeyInfo.load(secret), fixed_dt=moment)


def test_a_demonstration_key_says_so_everywhere():
    made = demonstration()

    root, own = x509.load_pem_x509_certificate(made.root), x509.load_pem_x509_certificate(made.certificate)

    own.verify_directly_issued_by(root)
    assert "DEMONSTRATION" in own.subject.rfc4514_string()
    assert "DEMONSTRATION" in root.subject.rfc4514_string()
    assert not own.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert own.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment


def test_what_cannot_be_sealed_is_refused_in_a_sentence():
    without_field = facts.seal(some_facts())

    with pytest.raises(sealing.CannotSeal, match="carries a signature already"):
        sealed(sealed())
    with pytest.raises(sealing.CannotSeal, match="was it rendered with a seal_label"):
        sealed(
            certificate.render(without_field.facts, digest=without_field.sha256, code=CODE, site_url=SITE),
        )
    with pytest.raises(sealing.CannotSeal, match="This is no PDF"):
        sealed(b"Not a PDF")
    with pytest.raises(ValueError, match="no time zone"):
        sealing.seal(unsealed(), key=demonstration().key(), at=AT.replace(tzinfo=None), reason="", location="")


def test_a_key_of_another_certificate_or_curve_is_refused():
    other = sealing.demonstration_seal("Dëshmi", not_before=START)
    wide = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Wide")])
    cert = x509.CertificateBuilder(name, name, wide.public_key(), 7, START, START + timedelta(days=9)).sign(
        wide, hashes.SHA256()
    )
    pem = serialization.Encoding.PEM

    with pytest.raises(ValueError, match="belongs to another key"):
        sealing.file_key(other.private, demonstration().certificate)
    with pytest.raises(ValueError, match="P-256, or RSA of 2048 to 4096 bits"):
        sealing.file_key(
            wide.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
            cert.public_bytes(pem),
        )
    with pytest.raises(ValueError, match="'Ed25519' is no kind of key"):
        sealing.demonstration_seal("Dëshmi", not_before=START, kind="Ed25519")


def plain_pyhanko(document, seal, field="Seal"):
    """What sealing costs with pyHanko's own signer, loaded for each file, which signs twice."""
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(seal.key().certificate),
        signing_key=keys.PrivateKeyInfo.load(
            serialization.load_pem_private_key(seal.private, None).private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        ),
        cert_registry=SimpleCertificateStore.from_certs([asn1_x509.Certificate.load(seal.key().chain[0])]),
    )
    meta = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    return asyncio.run(signers.PdfSigner(meta, signer).async_sign_pdf(writer)).getvalue()


def cost(*works, rounds=9):
    """Median CPU seconds of each, taken in turns so that a busy machine treats them alike."""
    for work in works:
        work()
    took = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, took, strict=True):
            began = time.process_time()
            work()
            times.append(time.process_time() - began)
    return [statistics.median(times) for times in took]


def test_a_long_rsa_key_costs_hardly_more_than_a_short_curve_and_both_less_than_the_plain_signer():
    document, curve, long = unsealed(), demonstration(), demonstration("RSA-3072")
    curve_key, long_key = curve.key(), long.key()

    ours, ours_rsa, plain, plain_rsa = cost(
        lambda: sealed(document, curve_key),
        lambda: sealed(document, long_key),
        lambda: plain_pyhanko(document, curve),
        lambda: plain_pyhanko(document, long),
    )

    print(f"RSA-3072 / P-256 {ours_rsa / ours:.2f}, P-256 / plain {ours / plain:.2f}, RSA {ours_rsa / plain_rsa:.2f}")
    assert ours_rsa / ours <= 1.3
    assert ours / plain <= 0.65
    assert ours_rsa / plain_rsa <= 0.2
