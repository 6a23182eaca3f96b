"""Keys that never leave a PKCS#11 token (HSM, smart card): asked for signatures by a pkcs11: address (RFC 7512).

``pkcs11:token=council;object=seal?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/run/pin``. The library is
python-pkcs11, an extra that only those install who have a token.
"""

import os
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certification.formats import sealing

try:
    import pkcs11
except ImportError:  # an extra: `pip install python-pkcs11`
    pkcs11 = None  # type: ignore[assignment]  # asked for below, where somebody wants a token

_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo, RFC 8017 section 9.2
# A session of a token does one thing at a time.
_one_at_a_time = threading.RLock()


class NoToken(ValueError):
    """The token, its library or the key on it cannot be reached; the text says which, never a PIN."""


def ed25519(address: str) -> tuple[bytes, Callable[[bytes], bytes]]:
    """The public half (32 raw bytes) and the signing of an Ed25519 key on a token. Raises NoToken."""
    wanted, library = _parsed(address), _library()
    private, public = _pair(address, library.KeyType.EC_EDWARDS)
    # A point is told as a DER octet string (PKCS#11 3.0 section 2.3.6), by some tokens bare.
    raw = bytes(public[library.Attribute.EC_POINT])[-32:]

    def sign(message: bytes) -> bytes:
        return _asked(wanted["object"], lambda: bytes(private.sign(message, mechanism=library.Mechanism.EDDSA)))

    return raw, sign


def seal_key(address: str, certificate: bytes, *chain: bytes) -> sealing.SealKey:
    """The SealKey of a P-256 or RSA key on a token and its certificates in PEM. Raises NoToken, ValueError."""
    wanted, library = _parsed(address), _library()
    own = x509.load_pem_x509_certificate(certificate)
    public = own.public_key()
    chain_der = tuple(x509.load_pem_x509_certificate(each).public_bytes(Encoding.DER) for each in chain)
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        private, told = _pair(address, library.KeyType.EC)
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        is_own = bytes(told[library.Attribute.EC_POINT]).endswith(point)
        algorithm = "ecdsa"
    elif isinstance(public, rsa.RSAPublicKey) and 2048 <= public.key_size <= 4096:
        private, told = _pair(address, library.KeyType.RSA)
        is_own = int.from_bytes(told[library.Attribute.MODULUS]) == public.public_numbers().n
        algorithm = "rsa"
    else:
        raise ValueError("A seal's key is P-256, or RSA of 2048 to 4096 bits; make one of these.")
    if not is_own:
        raise ValueError(f"The certificate of {own.subject.rfc4514_string()} belongs to another key.")

    def sign_digest(digest: bytes) -> bytes:
        if algorithm == "rsa":
            mechanism, data = library.Mechanism.RSA_PKCS, _SHA256_INFO + digest
        else:
            mechanism, data = library.Mechanism.ECDSA, digest
        signature = _asked(wanted["object"], lambda: bytes(private.sign(data, mechanism=mechanism)))
        if algorithm == "rsa":
            return signature
        half = len(signature) // 2
        return encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))

    return sealing.SealKey(own.public_bytes(Encoding.DER), chain_der, sign_digest, algorithm)


def shown(address: str) -> str:
    """The address without what may lead to a PIN."""
    return address.partition("?")[0]


def _parsed(address: str) -> dict[str, str]:
    path, _mark, query = address.removeprefix("pkcs11:").partition("?")
    pairs = [part.partition("=") for part in (*path.split(";"), *query.split("&")) if part]
    found = {name: unquote(value) for name, _equals, value in pairs}
    if not found.get("token") or not found.get("object"):
        raise NoToken(f"{shown(address)} names no token or no object; write pkcs11:token=…;object=…")
    return found


def _library() -> ModuleType:
    if pkcs11 is None:
        raise NoToken("Keys on a token need the package python-pkcs11, which is not installed here.")
    return pkcs11


@cache
def _session(module: str, token: str, pin: str) -> Any:
    try:
        return _library().lib(module).get_token(token_label=token).open(user_pin=pin or None)
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        raise NoToken(f"The token {token!r} cannot be opened with {module}: {type(error).__name__}") from error


def _pair(address: str, kind: Any) -> tuple[Any, Any]:
    wanted = _parsed(address)
    module = wanted.get("module-path") or os.environ.get("PKCS11_MODULE", "")
    if not module:
        raise NoToken(f"{shown(address)} names no module-path, and PKCS11_MODULE is not set.")
    try:
        pin = Path(wanted["pin-source"].removeprefix("file:")).read_text().strip() if "pin-source" in wanted else ""
    except OSError as error:
        raise NoToken(f"The file with the PIN of {shown(address)} cannot be read: {error.strerror}") from error
    pin = pin or wanted.get("pin-value") or os.environ.get("PKCS11_PIN", "")
    classes = pkcs11.ObjectClass
    with _one_at_a_time:
        session = _session(module, wanted["token"], pin)
        try:
            return tuple(
                session.get_key(object_class=each, key_type=kind, label=wanted["object"])
                for each in (classes.PRIVATE_KEY, classes.PUBLIC_KEY)
            )
        except (pkcs11.NoSuchKey, pkcs11.MultipleObjectsReturned, pkcs11.PKCS11Error) as error:
            raise NoToken(f"{shown(address)}: {type(error).__name__}; is the key there, once, of that kind?") from error


def _asked(name: str, sign: Callable[[], bytes]) -> bytes:
    with _one_at_a_time:
        try:
            return sign()
        except pkcs11.PKCS11Error as error:
            raise NoToken(f"The token did not sign with {name!r}: {type(error).__name__}") from error
