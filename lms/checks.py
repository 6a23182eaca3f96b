"""System checks: what would only show at night on a server is said at the start instead."""

import base64
import binascii
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.db import DatabaseError

from certification import signing
from certification.models import LogHead

_SEEDS = ("CREDENTIAL_KEY", "STATUS_KEY", "LOG_KEY")


@register(Tags.security)
def keys_are_usable(app_configs, **kwargs):
    try:
        seed = base64.b64decode(settings.SIGNING_KEY, validate=True)
    except (binascii.Error, ValueError):
        seed = b""
    if len(seed) != 32:
        return [
            Error(
                f"SIGNING_KEY holds {len(seed)} bytes of base64; it must be an Ed25519 seed of exactly 32.",
                hint="Make one with: python -c 'import os,base64; print(base64.b64encode(os.urandom(32)).decode())'",
                id="deshmi.E001",
            )
        ]
    return []


@register(Tags.security, "signer")
def each_purpose_has_a_key_of_its_own(app_configs, **kwargs):
    """What is signed in earnest is not signed with keys that follow from another, nor twice with the same.

    Where a signer signs, it asks this of itself, and everybody else must not have what it has.
    """
    if settings.DERIVE_KEYS:
        return []
    if settings.SIGNER_SOCKET and not settings.IS_SIGNER:
        return [
            Error(
                f"{name} is set although a signer at {settings.SIGNER_SOCKET} signs.",
                hint="Take it out of this environment: only the signer may have it.",
                id="deshmi.E007",
            )
            for name in (*_SEEDS, "SEAL_KEY_FILE")
            if getattr(settings, name)
        ]
    return [*_seeds(), *_seals()]


def _seeds():
    seen = {settings.SIGNING_KEY: "SIGNING_KEY"}
    for name in _SEEDS:
        value = getattr(settings, name)
        if not value and _in_folder(f"{name.partition('_')[0].lower()}.*"):
            continue
        if not _is_seed(value) and not value.startswith("pkcs11:"):
            yield Error(
                f"{name} is not an Ed25519 seed of 32 bytes in base64; keys of development are not for production.",
                hint="Make one with: python -c 'import os,base64; print(base64.b64encode(os.urandom(32)).decode())'",
                id="deshmi.E003",
            )
        elif value in seen:
            yield Error(
                f"{name} and {seen[value]} are the same key.",
                hint="Every purpose has a key of its own, so that one that leaks spoils nothing else.",
                id="deshmi.E004",
            )
        seen[value] = name


def _seals():
    laid = _in_folder("seal.*.certificates.pem")
    for name in ("SEAL_KEY_FILE", "SEAL_CERTIFICATE_FILE"):
        path = getattr(settings, name)
        if not path and laid:
            continue
        if name == "SEAL_KEY_FILE" and path.startswith("pkcs11:"):
            continue
        if not path or not Path(path).is_file():
            yield Error(
                f"{name} is {path!r}, which is no file.",
                hint="Give the PEM files of the council's seal; a seal for demonstrations is not for production.",
                id="deshmi.E005",
            )
        elif name == "SEAL_CERTIFICATE_FILE":
            laid = [*laid, Path(path)]
    for path in laid:
        if _is_demonstration(path):
            yield Error(
                f"{path} is a certificate for demonstrations.",
                hint="Have a trust service issue one for the council.",
                id="deshmi.E006",
            )


def _in_folder(pattern: str) -> list[Path]:
    return sorted(Path(settings.KEYS_FOLDER).glob(pattern)) if settings.KEYS_FOLDER else []


def _is_seed(value: str) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def _is_demonstration(path: Path) -> bool:
    try:
        subject = x509.load_pem_x509_certificates(path.read_bytes())[0].subject
    except ValueError:
        return False
    return "DEMONSTRATION" in subject.rfc4514_string()


@register(Tags.database)
def queue_does_not_start_tasks_twice(app_configs, **kwargs):
    cluster = settings.Q_CLUSTER
    if cluster["timeout"] >= cluster["retry"]:
        return [
            Error(
                f"The queue gives a task {cluster['timeout']} s but hands it out again after {cluster['retry']} s.",
                hint="Set Q_CLUSTER['retry'] above Q_CLUSTER['timeout'].",
                id="deshmi.E002",
            )
        ]
    return []


@register(Tags.database)
def the_log_keeps_its_name(app_configs, databases=None, **kwargs):
    """A log's name is fixed with its first entry; settings that say another are told, not followed."""
    if not databases:
        return []
    try:
        kept = LogHead.objects.values_list("origin", flat=True).first()
    except DatabaseError:
        return []  # not migrated yet
    wanted = signing.log_origin_set()
    if not kept or kept == wanted:
        return []
    said = "LOG_ORIGIN is" if settings.LOG_ORIGIN else "LOG_ORIGIN is empty, so that it follows SITE_URL to"
    return [
        Warning(
            f"{said} {wanted!r}; the log has been called {kept!r} since its first entry and keeps that name.",
            hint=f"Set LOG_ORIGIN to {kept!r}. Proofs and kits that were given out name it.",
            id="deshmi.W001",
        )
    ]
