"""What others need to verify without us: the kit, a copy of every file a verifier may fetch, one certificate's files."""

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from certification import published, signing
from certification.formats import checkpoints, contexts, did, log_proof, tiles
from certification.formats.kit import archive
from certification.formats.kit.trust import Key, ListCopy, Trust
from certification.models import Certificate, CertificateEvent, Checkpoint, SigningKey, StatusList, Upkeep
from certification.operations import renewing_proofs, witnessing
from certification.rules import merkle, numbering
from certification.rules.validity import Act, Standing, standing_on
from lms.kernel import clock

KIT_PATH = "v/kit.zip"
_ISSUING = (signing.CREDENTIAL, signing.STATUS)


class NothingToExport(LookupError):
    """There is no such certificate, or not yet what would be exported; the text says which and what to do."""


# --- The kit ---------------------------------------------------------------------------------------


def kit() -> bytes:
    """The kit as of now, signed with the key of the status lists. Raises NothingToExport."""
    return archive.build(trust(clock.now()), signing.signer(signing.STATUS))


def trust(at: datetime) -> Trust:
    """Whom to believe and what was decided, as it stands in the register at ``at``. Raises NothingToExport."""
    lists = list(StatusList.objects.filter(version__gt=0).order_by("number"))
    note = _note()
    if not lists:
        raise NothingToExport("No status list is published yet; issue a certificate first.")
    decided = decided_on(clock.local_day(at))
    return Trust(
        made_at=at,
        did=signing.issuer_did(),
        names=_issuer_names(),
        keys=tuple(_keys()),
        log_keys=tuple(signing.log_keys()),
        witness_keys=tuple(witnessing.keys()),
        checkpoint=note,
        lists=tuple(
            ListCopy(
                number=each.number,
                address=_address_of(bytes(each.content)),
                purpose=each.purpose,
                content=bytes(each.content).decode(),
                suspended=frozenset(decided[each.number, Standing.SUSPENDED]),
                replaced=frozenset(decided[each.number, Standing.SUPERSEDED]),
            )
            for each in lists
        ),
        seal_roots=tuple(_seal_certificates()),
        is_demo=settings.DERIVE_KEYS,
        witnessed=tuple(witnessing.seen()),
    )


def decided_on(day: date, *, by: datetime | None = None) -> dict[tuple[int, Standing], set[int]]:
    """The places of certificates that do not simply hold on ``day``, by list and standing, from acts entered ``by``."""
    acts = CertificateEvent.objects.filter(certificate__status_list__isnull=False)
    acts = acts.exclude(kind=CertificateEvent.Kind.ISSUED)
    if by is not None:
        acts = acts.filter(at__lte=by)
    rows = acts.order_by("certificate_id", "sequence").values_list(
        "certificate__status_list_id", "certificate__status_index", "kind", "effective_on"
    )
    found: dict[tuple[int, Standing], set[int]] = defaultdict(set)
    for (number, index), each in groupby(rows, key=lambda row: row[:2]):
        standing = standing_on(day, [Act(kind, effective_on) for *_place, kind, effective_on in each], None).standing
        found[number, standing].add(index)
    return found


def _keys() -> Iterator[Key]:
    rows = {f"{signing.issuer_did()}#{row.kid}": row for row in SigningKey.objects.filter(purpose__in=_ISSUING)}
    for name, row in rows.items():
        yield Key(
            id=name,
            purpose=row.purpose,
            public=bytes(row.public),
            state=row.state,
            active_from=row.active_from,
            retired_at=row.retired_at,
            compromised_at=row.compromised_at,
            compromised_tree_size=row.compromised_tree_size,
        )
    for purpose in _ISSUING:
        for name, public in signing.public_keys(purpose).items():
            if name not in rows:  # set, and has signed nothing yet
                yield Key(name, purpose, public)


def _seal_certificates() -> list[str]:
    """The certificates of every seal that was used and of who issued them, each once, as PEM."""
    every = dict.fromkeys(each for own, chain in signing.seal_certificates() for each in (own, *chain))
    return [x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM).decode() for each in every]


def _issuer_names() -> dict[str, str]:
    """The issuer's names as the newest certificate states them: a kit says who issued, not who would issue next."""
    facts = (
        Certificate.objects.filter(erased_at__isnull=True)
        .order_by("-issued_at")
        .values_list("facts", flat=True)
        .first()
    )
    return dict(facts["issuer"]["names"]) if facts else {}


def _address_of(content: bytes) -> str:
    return json.loads(content)["id"]


def _note() -> str:
    try:
        return published.checkpoint()
    except published.NotPublished as error:
        raise NothingToExport(f"{error} Issue a certificate first.") from None


# --- The mirror ------------------------------------------------------------------------------------


def mirror(folder: Path) -> Iterator[str]:
    """Write every file that a verifier may ever fetch as ``folder/<host>/<path>``; yields each path as it is written.

    The checkpoint comes last, so that a copy that was cut off promises nothing it does not hold. Safe to repeat.
    """
    ours = urlsplit(settings.SITE_URL).netloc.lower()
    note, begun = _note(), clock.now()
    size = checkpoints.Checkpoint.parse(checkpoints.Note.parse(note).text).size
    for address in contexts.PINNED:
        yield _write(folder, urlsplit(address).netloc + urlsplit(address).path, contexts.content(address))
    document = urlsplit(did.document_url(signing.issuer_did()))
    yield _write(folder, f"{ours}{document.path}", _json(published.did_document()))
    yield _write(folder, f"{ours}/.well-known/jwks.json", _json(published.key_set()))
    for number in StatusList.objects.filter(version__gt=0).order_by("number").values_list("number", flat=True):
        content, jwt = published.status_list(number)
        yield _write(folder, f"{ours}/status/{number}", content)
        yield _write(folder, f"{ours}/status/{number}.jwt", jwt.encode())
    yield _write(folder, f"{ours}/{KIT_PATH}", kit())
    for tile in tiles.tiles_of(size):
        yield _write(folder, f"{ours}/log/{tile.path}", published.tile(tile.path))
    yield _write(folder, f"{ours}/log/checkpoint", note.encode())
    Upkeep.objects.create(kind=Upkeep.Kind.MIRROR, started_at=begun, finished_at=clock.now(), size=size)


def _json(document: dict) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _write(folder: Path, path: str, content: bytes) -> str:
    """Whole or not at all: who copies the mirror while it is written takes no half of a file."""
    target = folder / path
    if not target.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{path!r} would be written outside {folder}.")
    if target.is_file() and target.read_bytes() == content:
        return path
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)
    os.replace(file.name, target)
    return path


# --- One certificate -------------------------------------------------------------------------------


def certificate_files(number: str) -> dict[str, bytes]:
    """The document, the credential in each form and the proof that it stands in the log. Raises NothingToExport."""
    typed, number = number, numbering.normalise(number)
    certificate = Certificate.objects.select_related("document").filter(number=number).first()
    if certificate is None:
        raise NothingToExport(f"There is no certificate {typed!r}; the number has 12 letters and digits.")
    if certificate.erased_at:
        raise NothingToExport(f"{certificate.serial} was erased on {certificate.erased_at:%Y-%m-%d}.")
    name = numbering.grouped(number)
    found = {f"{name}.pdf": bytes(certificate.document.content)}
    if certificate.credential is not None:
        content, token = renewing_proofs.newest(certificate)
        found[f"{name}.json"] = content
        found[f"{name}.jwt"] = token.encode()
        if content != bytes(certificate.credential):
            found[f"{name}-issued.json"] = bytes(certificate.credential)  # what the log's proof is of
    if certificate.log_index is not None and certificate.salt is not None:
        found[f"{name}{log_proof.EXTENSION}"] = log_proof_of(certificate).encode()
    return found


def log_proof_of(certificate: Certificate) -> str:
    """The proof under the first checkpoint with the entry that a witness has cosigned, or else under the newest.

    Raises NothingToExport.
    """
    index, salt = certificate.log_index, certificate.salt
    if index is None or salt is None:
        raise NothingToExport(f"{certificate.serial} has no entry in the log, or it was erased.")
    covering = Checkpoint.objects.filter(size__gt=index)
    witnessed = covering.filter(cosignatures__isnull=False).order_by("size").first()
    kept = witnessed or covering.order_by("-size").first()
    if kept is None:
        raise NothingToExport(f"No checkpoint covers entry {index} yet; publish one and try again.")
    read = tiles.reader(kept.size, _fetch)
    path = merkle.stored_inclusion_path(index, kept.size, read)
    return log_proof.write(index=index, path=path, note=published.with_cosignatures(kept), salt=bytes(salt))


def _fetch(path: str) -> bytes | None:
    try:
        return published.tile(path)
    except published.NotPublished:
        return None


def write_certificate(number: str, folder: Path) -> list[str]:
    """Write ``certificate_files`` into ``folder``. Returns the names. Raises NothingToExport."""
    return [_write(folder, name, content) for name, content in certificate_files(number).items()]
