"""Keys on a PKCS#11 token: SoftHSM, with keys that cannot leave it."""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto.core import PrintableString
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from certification.formats import sealed_file, sealing
from certification.keyholding import keyring, tokens
from tests.certification.formats.test_sealing import AT, START, unsealed

pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is an extra")
pkcs11_ec = pytest.importorskip("pkcs11.util.ec")
MODULE = next((str(path) for path in Path("/usr/lib").glob("**/libsofthsm2.so")), "")
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not (MODULE and shutil.which("softhsm2-util")), reason="SoftHSM is not installed"),
]


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    """A token with an Ed25519 key and a seal of P-256, made on it; its PIN is in a file."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    (folder / "pin").write_text("246810\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm.conf")
    made = ["softhsm2-util", "--init-token", "--free", "--label", "council", "--so-pin", "135791", "--pin", "246810"]
    subprocess.run(made, check=True, capture_output=True)
    with pkcs11.lib(MODULE).get_token(token_label="council").open(user_pin="246810", rw=True) as session:
        for label, curve, kind in (
            ("issuing", "edwards25519", pkcs11.KeyType.EC_EDWARDS),
            ("seal", "secp256r1", pkcs11.KeyType.EC),
        ):
            # Of Ed25519 SoftHSM wants the curve's name as a printable string (RFC 8410 gives it an identifier).
            named = (
                PrintableString(curve).dump() if label == "issuing" else pkcs11_ec.encode_named_curve_parameters(curve)
            )
            parameters = session.create_domain_parameters(kind, {pkcs11.Attribute.EC_PARAMS: named}, local=True)
            parameters.generate_keypair(store=True, label=label)
    yield folder
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


def address(token, name):
    return f"pkcs11:token=council;object={name}?module-path={MODULE}&pin-source={token / 'pin'}"


def certificate_of(token) -> bytes:
    """What a trust service would issue for the public half on the token."""
    point = bytes(tokens._pair(address(token, "seal"), pkcs11.KeyType.EC)[1][pkcs11.Attribute.EC_POINT])[-65:]
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    root, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Council")]),
    )
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Trust service")])

    def made(subject, key, is_root):
        return (
            x509.CertificateBuilder(issuer, subject, key, 7 + is_root, START, START + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(not is_root, not is_root, False, False, False, is_root, is_root, False, False),
                critical=True,
            )
            .sign(root, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )

    return made(name, public, False) + made(issuer, root.public_key(), True)


def test_an_ed25519_key_on_a_token_signs(token):
    held = keyring.of_seed("credential", address(token, "issuing"), "CREDENTIAL_KEY")

    Ed25519PublicKey.from_public_bytes(held.public).verify(held.sign(b"a checkpoint"), b"a checkpoint")
    assert held.source == "pkcs11:token=council;object=issuing"
    assert "246810" not in repr(held)


def test_a_seal_on_a_token_seals_a_document(token, tmp_path):
    (tmp_path / "seal.council.uri").write_text(address(token, "seal"))
    (tmp_path / "seal.council.uri").chmod(0o600)
    (tmp_path / "seal.council.certificates.pem").write_bytes(certificate_of(token))
    (held,) = keyring.Keyring({}, tmp_path).of("seal")

    content = sealing.seal(unsealed(), key=held.seal, at=AT, reason="Lëshuar", location="Prishtinë")

    assert sealed_file.verify_seal(content, roots=held.seal.chain, at=AT).sound


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("object=issuing", "object=nobody"), "object=nobody: NoSuchKey"),
        (("token=council", "token=lost"), "The token 'lost' cannot be opened"),
        ((";object=issuing", ""), "names no token or no object"),
        (("pin-source=", "pin-source=/nowhere"), "The file with the PIN"),
    ],
)
def test_a_token_that_cannot_be_asked_is_named_without_its_pin(token, changed, said):
    with pytest.raises(tokens.NoToken, match=said) as refused:
        tokens.ed25519(address(token, "issuing").replace(*changed))

    assert "246810" not in str(refused.value)


def test_a_certificate_of_another_key_is_refused(token, tmp_path):
    other = sealing.demonstration_seal("Council", not_before=datetime(2026, 1, 1, tzinfo=UTC))
    (tmp_path / "certificates.pem").write_bytes(other.certificate)

    with pytest.raises(keyring.KeyUnusable, match="belongs to another key"):
        keyring.of_seal_files(address(token, "seal"), str(tmp_path / "certificates.pem"))
