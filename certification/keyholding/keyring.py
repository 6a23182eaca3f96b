"""Private halves: the keys this process holds, by purpose and key id. From settings, from a folder, or in a token.

A folder has for each key ``PURPOSE.NAME.pem`` (the private key) or ``PURPOSE.NAME.uri`` (the pkcs11: address of a key
that never leaves its token), and for a seal ``seal.NAME.certificates.pem`` (its certificate, then its issuers').
"""

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from certification.formats import sealing
from certification.keyholding import tokens

CREDENTIAL, STATUS, LOG, SEAL = "credential", "status", "log", "seal"
PURPOSES = (CREDENTIAL, STATUS, LOG, SEAL)
_MOST_IN_A_FOLDER = 64  # so that nobody who may ask for new keys can fill the disk with them
_END = b"-----END CERTIFICATE-----"


class KeyUnusable(ValueError):
    """A key cannot be used; the text names its place and says why."""


class NotHeld(LookupError):
    """The private half of a key is not here."""

    def __init__(self, kid: str, purpose: str):
        super().__init__(
            f"The private half of the key {kid} for {purpose} is not here. Put it back, or let another key take its place."
        )


@dataclass(frozen=True)
class Held:
    """A key whose private half can be asked here. ``source`` says where it is, and is no secret."""

    purpose: str
    kid: str
    public: bytes  # 32 raw bytes of Ed25519; of a seal its certificate in DER
    source: str
    sign: Callable[[bytes], bytes] | None = None  # Ed25519 (RFC 8032)
    seal: sealing.SealKey | None = None


def kid(public: bytes) -> str:
    """``key-`` and the first sixteen hexadecimal digits of the SHA-256 of a public key (or a seal's certificate)."""
    return f"key-{hashlib.sha256(public).hexdigest()[:16]}"


class Keyring:
    """All keys held, those of the settings before those of the folder.

    ``given`` has by purpose what loads a key of the settings; it is called when a key for that purpose is first asked
    for, so that a seal that cannot be read keeps nobody from looking at credentials.
    """

    def __init__(self, given: Mapping[str, Iterable[Callable[[], Held]]], folder: Path | None = None):
        self._given = {purpose: tuple(loads) for purpose, loads in given.items()}
        self._loaded: dict[str, tuple[Held, ...]] = {}
        self._folder = folder
        self._of_folder: dict[str, Held] = {}

    def of(self, purpose: str) -> list[Held]:
        """Every key for ``purpose``. Raises KeyUnusable, tokens.NoToken."""
        if purpose not in self._loaded:
            self._loaded[purpose] = tuple(load() for load in self._given.get(purpose, ()))
        self._read_folder(purpose)
        found = (*self._loaded[purpose], *(key for key in self._of_folder.values() if key.purpose == purpose))
        return list({key.kid: key for key in found}.values())

    def get(self, kid: str, purpose: str) -> Held:
        """The key of that id, for that purpose only. Raises NotHeld."""
        known = (*self._loaded.get(purpose, ()), *self._of_folder.values())
        found = next((key for key in known if (key.kid, key.purpose) == (kid, purpose)), None)
        found = found or next((key for key in self.of(purpose) if key.kid == kid), None)
        if found is None:
            raise NotHeld(kid, purpose)
        return found

    def create(self, purpose: str, *, demonstration: Callable[[], sealing.DemonstrationSeal] | None = None) -> Held:
        """A new random key in the folder. A seal needs a certificate, so that only a demonstration's is made here."""
        if self._folder is None:
            raise KeyUnusable("There is no folder for new keys: set KEYS_FOLDER to one that only the signer may read.")
        if len(list(self._folder.glob("*.*"))) >= _MOST_IN_A_FOLDER:
            raise KeyUnusable(f"{self._folder} holds {_MOST_IN_A_FOLDER} files; remove keys that were retired.")
        if purpose == SEAL:
            if demonstration is None:
                raise KeyUnusable(
                    "A seal's certificate is issued by a trust service: lay seal.NAME.pem (or .uri) and "
                    "seal.NAME.certificates.pem into the folder of keys, then publish the key."
                )
            made = demonstration()
            name = kid(_der(made.certificate))
            _write(self._folder / f"{SEAL}.{name}.certificates.pem", made.certificate + made.root)
            _write(self._folder / f"{SEAL}.{name}.pem", made.private)
        else:
            private = Ed25519PrivateKey.generate()
            name = kid(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
            pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            _write(self._folder / f"{purpose}.{name}.pem", pem)
        return self.get(name, purpose)

    def _read_folder(self, purpose: str) -> None:
        """Take up what was laid there since; what was taken away is no longer held."""
        if self._folder is None or not self._folder.is_dir():
            return
        files = {
            path.name: path
            for path in sorted(self._folder.glob(f"{purpose}.*"))
            if path.suffix in (".pem", ".uri") and not path.name.endswith(".certificates.pem")
        }
        known = {name: key for name, key in self._of_folder.items() if key.purpose != purpose or name in files}
        for name, path in files.items():
            known[name] = self._of_folder.get(name) or _of_file(purpose, path)
        self._of_folder = known


# --- Where a key may come from ---------------------------------------------------------------------


def of_seed(purpose: str, seed: str, source: str) -> Held:
    """An Ed25519 key from its seed, 32 bytes in base64, or from a token at a pkcs11: address."""
    if seed.startswith("pkcs11:"):
        public, sign = tokens.ed25519(seed)
        return Held(purpose, kid(public), public, tokens.shown(seed), sign)
    try:
        private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed, validate=True))
    except (binascii.Error, ValueError) as error:
        raise KeyUnusable(f"{source} is no Ed25519 seed of 32 bytes in base64: {error}") from error
    return _ed25519(purpose, private, source)


def of_seal_files(key_file: str, certificate_file: str) -> Held:
    """The seal whose private key is in ``key_file`` (or at a pkcs11: address), its certificates in the other file."""
    try:
        own, *chain = certificates(Path(certificate_file).read_bytes())
        if key_file.startswith("pkcs11:"):
            key = tokens.seal_key(key_file, own, *chain)
        else:
            key = sealing.file_key(Path(key_file).read_bytes(), own, *chain)
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnusable(f"The seal's key or certificate cannot be used: {error}") from error
    return of_seal(key, tokens.shown(key_file) if key_file.startswith("pkcs11:") else Path(key_file).name)


def of_seal(key: sealing.SealKey, source: str) -> Held:
    return Held(SEAL, kid(key.certificate), key.certificate, source, seal=key)


def certificates(pem: bytes) -> list[bytes]:
    """Each certificate of a file in PEM by itself. Raises ValueError when there is none."""
    found = [part.strip() + b"\n" + _END + b"\n" for part in pem.split(_END)[:-1]]
    if not found:
        raise ValueError("There is no certificate in PEM in it.")
    return found


def _of_file(purpose: str, path: Path) -> Held:
    if path.stat().st_mode & stat.S_IRWXO:
        raise KeyUnusable(f"{path} may be read by everybody; say: chmod 600 {path.name}")
    try:
        if path.suffix == ".uri":
            address = path.read_text(encoding="utf-8").strip()
            if purpose == SEAL:
                return of_seal_files(address, str(_certificates_of(path)))
            return of_seed(purpose, address, path.name)
        if purpose == SEAL:
            return of_seal_files(str(path), str(_certificates_of(path)))
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnusable(f"{path} cannot be used: {error}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnusable(f"{path} holds no Ed25519 key; every key but the seal's is one.")
    return _ed25519(purpose, private, path.name)


def _certificates_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(path.suffix) + ".certificates.pem")


def _ed25519(purpose: str, private: Ed25519PrivateKey, source: str) -> Held:
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Held(purpose, kid(public), public, source, private.sign)


def _der(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.strip().splitlines()[1:-1]))


def _write(path: Path, content: bytes) -> None:
    """Never over another file, never readable by others, and on the disk before anybody hears of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
