"""What others need to verify without us: the kit of the real register, the mirror, one certificate's files."""

import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command

from certification import signing
from certification.formats import checkpoints, contexts, log_proof, tiles
from certification.formats.kit import archive, verify
from certification.models import Certificate, Checkpoint
from certification.operations import mirroring, publishing_lists
from certification.operations.mirroring import NothingToExport
from certification.rules import numbering
from lms.kernel import clock
from tests.certification.factories import completed_group, issued_batch
from tests.certification.tampering import database_in_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificates():
    batch = issued_batch(completed_group(3))
    publishing_lists.publish()
    return list(batch.certificates.order_by("serial"))


def kit_files():
    with zipfile.ZipFile(io.BytesIO(mirroring.kit())) as kit:
        return {name.removeprefix(f"{archive.FOLDER}/"): kit.read(name) for name in kit.namelist()}


def known():
    return json.loads(kit_files()["trust.json"])


def test_the_kit_verifies_every_form_of_an_issued_certificate(certificates):
    trust = known()

    for certificate in certificates:
        for content in (
            bytes(certificate.document.content),
            bytes(certificate.credential),
            certificate.credential_jwt.encode(),
        ):
            found = verify.examine(content, trust, clock.now())
            assert (found["verdict"], found["reason"]) == ("valid", "")
            assert found["facts"]["name"] == certificate.facts["holder"]["printed"]


def test_the_kit_finds_the_proof_in_an_issued_document(certificates):
    found = verify.examine(bytes(certificates[1].document.content), known(), clock.now())

    assert {each["name"]: each["outcome"] for each in found["checks"]} == dict.fromkeys(
        ["signature", "log", "key", "status", "dates"], "yes"
    )


def test_the_kit_holds_nothing_of_the_people(certificates):
    files = kit_files()

    for certificate in certificates:
        for secret in (certificate.facts["holder"]["printed"], certificate.number, bytes(certificate.salt).hex()):
            assert all(secret.encode() not in content for content in files.values())


def test_the_mirror_holds_all_that_a_verifier_fetches(certificates, tmp_path, settings):
    call_command("export_mirror", tmp_path, stdout=io.StringIO())

    host = settings.SITE_URL.partition("//")[2]
    size = Checkpoint.objects.latest("size").size
    expected = {f"{host}/log/{tile.path}" for tile in tiles.tiles_of(size)} | {
        f"{host}/.well-known/did.json",
        f"{host}/.well-known/jwks.json",
        f"{host}/log/checkpoint",
        f"{host}/status/1",
        f"{host}/status/1.jwt",
        f"{host}/v/kit.zip",
        *(address.partition("//")[2] for address in contexts.PINNED),
    }
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == expected


def test_every_file_of_the_mirror_is_what_the_site_answers(certificates, tmp_path, client, settings):
    list(mirroring.mirror(tmp_path))

    folder = tmp_path / settings.SITE_URL.partition("//")[2]
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_file() and name != mirroring.KIT_PATH:  # which says when it was made
            assert client.get(f"/{name}").content == path.read_bytes(), name


def test_a_mirror_written_again_is_the_same(certificates, tmp_path):
    list(mirroring.mirror(tmp_path))
    before = {
        path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and path.name != "kit.zip"
    }

    list(mirroring.mirror(tmp_path))

    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_without_certificates_there_is_nothing_to_mirror(tmp_path):
    with pytest.raises(CommandError, match="Issue a certificate first"):
        call_command("export_mirror", tmp_path)

    assert not list(tmp_path.iterdir())


def test_one_certificate_is_exported_with_its_proof(certificates, tmp_path):
    certificate = certificates[1]

    call_command("export_certificate", numbering.grouped(certificate.number).lower(), tmp_path, stdout=io.StringIO())

    name = numbering.grouped(certificate.number)
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}{end}" for end in (".pdf", ".json", ".jwt", ".tlog-proof")
    }
    assert (tmp_path / f"{name}.pdf").read_bytes() == bytes(certificate.document.content)
    assert (tmp_path / f"{name}.json").read_bytes() == bytes(certificate.credential)
    entry = bytes(certificate.log_entries.get(op="issue").entry)
    opened = log_proof.verify((tmp_path / f"{name}.tlog-proof").read_bytes(), entry, log_keys=signing.log_keys())
    assert opened.checkpoint == checkpoints.Checkpoint.parse(
        checkpoints.Note.parse(Checkpoint.objects.latest("size").note).text
    )


def test_an_unknown_number_is_told(tmp_path):
    with pytest.raises(CommandError, match="There is no certificate 'HZ1J652JFWKP'"):
        call_command("export_certificate", "HZ1J652JFWKP", tmp_path)


def test_what_was_erased_has_no_proof_to_export(certificates):
    with database_in_hand():
        Certificate.objects.filter(pk=certificates[0].pk).update(salt=None)

    files = mirroring.certificate_files(certificates[0].number)

    assert [name for name in files if name.endswith(".tlog-proof")] == []
    with pytest.raises(NothingToExport, match="has no entry in the log, or it was erased"):
        mirroring.log_proof_of(Certificate.objects.get(pk=certificates[0].pk))
