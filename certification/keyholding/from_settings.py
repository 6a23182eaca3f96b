"""The private halves that settings and KEYS_FOLDER give: of the signer, or of every process where there is none."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from certification.formats import sealing
from certification.keyholding import keyring
from certification.keyholding.keyring import CREDENTIAL, LOG, SEAL, STATUS, Held, Keyring
from lms.kernel import clock

# Purpose → the setting with its Ed25519 seed, 32 bytes in base64, or its pkcs11: address.
SEEDS = {CREDENTIAL: "CREDENTIAL_KEY", STATUS: "STATUS_KEY", LOG: "LOG_KEY"}
_DEMONSTRATED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_DEMONSTRATED_FOR = 3650 * 5  # days


def keys_of_settings() -> Keyring:
    """All of them, loaded when they are first asked for."""
    given = tuple((purpose, getattr(settings, name)) for purpose, name in SEEDS.items())
    seal = (settings.SEAL_KEY_FILE, settings.SEAL_CERTIFICATE_FILE)
    fiction = settings.SIGNING_KEY if settings.DERIVE_KEYS else ""
    return _keyring(given, seal, settings.KEYS_FOLDER, fiction)


def demonstration() -> sealing.DemonstrationSeal:
    """A new seal for demonstrations, under a root of its own."""
    return sealing.demonstration_seal("Dëshmi", not_before=clock.now(), days=3650)


@lru_cache(maxsize=8)
def _keyring(seeds: tuple[tuple[str, str], ...], seal: tuple[str, str], folder: str, fiction: str) -> Keyring:
    given: dict[str, list[Callable[[], Held]]] = {}
    for purpose, seed in seeds:
        if seed:
            given[purpose] = [partial(keyring.of_seed, purpose, seed, SEEDS[purpose])]
        elif fiction:
            given[purpose] = [partial(_derived_key, purpose, fiction)]
    if fiction:
        # What the demonstration's earlier certificates were signed with.
        given[CREDENTIAL].append(partial(_derived_key, CREDENTIAL, fiction, "earlier "))
    if all(seal):
        given[SEAL] = [partial(keyring.of_seal_files, *seal)]
    elif fiction:
        given[SEAL] = [partial(_demonstration_seal, fiction)]
    return Keyring(given, Path(folder) if folder else None)


def derived(purpose: str, material: str, which: str = "") -> bytes:
    """32 bytes that follow from SIGNING_KEY (HKDF, RFC 5869): only where everything is fiction."""
    return HKDF(SHA256(), 32, None, f"deshmi {which}{purpose} key".encode()).derive(base64.b64decode(material))


def _derived_key(purpose: str, material: str, which: str = "") -> Held:
    seed = base64.b64encode(derived(purpose, material, which)).decode()
    return keyring.of_seed(purpose, seed, f"{which}SIGNING_KEY")


def _demonstration_seal(material: str) -> Held:
    made = sealing.demonstration_seal(
        "Dëshmi", not_before=_DEMONSTRATED_FROM, days=_DEMONSTRATED_FOR, seed=derived(SEAL, material)
    )
    return keyring.of_seal(made.key(), "SIGNING_KEY")
