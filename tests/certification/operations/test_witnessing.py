"""A witness apart from us: it cosigns a log that has only grown, refuses one that was rewritten, and decides the time."""

import io
import subprocess
import sys
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from certification import published, signing, witness
from certification.formats import checkpoints, log_proof, tiles
from certification.formats.checkpoints import Note
from certification.models import Checkpoint, Cosignature, LogEntry, SigningKey
from certification.operations import auditing, keeping_log, mirroring, witnessing
from certification.rules import merkle
from lms.kernel import clock
from tests.certification.factories import issued_certificate

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent.parent
NAME = "council.example/witness"


@pytest.fixture
def key(tmp_path):
    """A witness whose key is known to the log."""
    public = witness.new_key(NAME, tmp_path / "witness.key")
    witnessing.trust(str(public))
    return public


@pytest.fixture
def log(tmp_path):
    """``log()``: the public files of the log as they are now, written to a folder."""
    folder = tmp_path / "log"

    def written():
        keeping_log.publish()
        for tile in tiles.tiles_of(Checkpoint.objects.latest("size").size):
            (folder / tile.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / tile.path).write_bytes(published.tile(tile.path))
        (folder / "checkpoint").write_text(published.checkpoint())
        return folder

    return written


def looks(folder, tmp_path, *more):
    """As the Council would call it on its own machine: no framework, no settings, no database."""
    told = [f"--log={folder}", f"--key={tmp_path / 'witness.key'}", f"--state={tmp_path / 'state.json'}"]
    told += [f"--log-key={signing.log_keys()[0]}", f"--out={tmp_path / 'cosigned.txt'}", *more]
    done = subprocess.run(
        [sys.executable, "-m", "certification.witness", *told],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).strip()


def another_history(folder, drop=1):
    """The same log without one of its entries, written and signed anew by whoever has the log's true key."""
    entries = [bytes(each.entry) for each in LogEntry.objects.order_by("index")]
    entries = entries[:1] + entries[1 + drop :]
    entries += [entries[0]] * drop
    for path in (folder / "tile").rglob("*"):
        if path.is_file():
            path.unlink()
    for path, content in tiles.grow(0, entries, lambda _path: None):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    root = merkle.root(map(merkle.leaf_hash, entries))
    made = checkpoints.Checkpoint(signing.log_origin(), len(entries), root)
    (folder / "checkpoint").write_text(checkpoints.signed(made, signing.signer(signing.LOG)))


def test_a_witness_cosigns_a_log_that_has_grown_and_we_publish_it(key, log, tmp_path):
    keeping_log.record("list", {"number": 1})
    first = looks(log(), tmp_path)
    keeping_log.record("list", {"number": 2})
    second = looks(log(), tmp_path)

    call_command("witnesses", "--accept", tmp_path / "cosigned.txt", stdout=io.StringIO())

    size = Checkpoint.objects.latest("size").size
    assert (first[0], second) == (0, (0, f"Cosigned {size} entries as {NAME}."))
    opened = checkpoints.verify(
        published.checkpoint(), log_keys=signing.log_keys(), witness_keys=witnessing.keys(), quorum=1
    )
    assert abs(opened.first_seen - clock.now().timestamp()) < 120
    assert auditing.audit_rows().faults == []


@pytest.mark.parametrize("changed", ["rewritten", "shrunk", "rewritten and grown"])
def test_a_log_that_was_rewritten_and_signed_again_is_refused(key, log, tmp_path, changed):
    for number in range(4):
        keeping_log.record("list", {"number": number})
    assert looks(log(), tmp_path)[0] == 0
    state = (tmp_path / "state.json").read_text()
    if changed == "rewritten and grown":
        keeping_log.record("list", {"number": 5})
    folder = log()
    another_history(folder)
    if changed == "shrunk":
        older = Checkpoint.objects.order_by("size").first()
        (folder / "checkpoint").write_text(older.note)

    ending, said = looks(folder, tmp_path)

    assert ending == 3
    assert ("The log has shrunk" if changed == "shrunk" else "The log was rewritten") in said
    assert "Nothing was cosigned" in said
    assert (tmp_path / "state.json").read_text() == state
    assert "--- now" in (tmp_path / "state.json.evidence").read_text()


def test_the_command_says_the_same_and_ends_with_three(key, log, tmp_path):
    keeping_log.record("list", {"number": 1})
    folder = log()
    given = [f"--log={folder}", f"--key={tmp_path / 'witness.key'}", f"--state={tmp_path / 'state.json'}"]
    said = io.StringIO()
    call_command("witness", *given, f"--log-key={signing.log_keys()[0]}", stdout=said)
    another_history(folder)

    with pytest.raises(CommandError, match="The log was rewritten") as raised:
        call_command("witness", *given)

    assert said.getvalue().startswith("Cosigned ")
    assert raised.value.returncode == 3


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda folder, home: (folder / "checkpoint").unlink(), "no checkpoint"),
        (lambda folder, home: (folder / "checkpoint").write_text("hello\n"), "no empty line"),
        (lambda folder, home: [each.unlink() for each in (folder / "tile" / "0").rglob("*") if each.is_file()], "is not there"),
        (lambda folder, home: (home / "state.json").write_text("{"), "Do not begin anew"),
        (lambda folder, home: (home / "witness.key").write_text("nonsense"), "does not begin with PRIVATE+KEY+"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_in_one_sentence_and_not_cosigned(key, log, tmp_path, break_it, said):
    keeping_log.record("list", {"number": 1})
    folder = log()
    break_it(folder, tmp_path)

    ending, told = looks(folder, tmp_path)

    assert ending == 1
    assert said in told
    assert "Traceback" not in told
    assert not (tmp_path / "cosigned.txt").exists()


def test_a_key_is_its_owners_and_is_never_written_over(tmp_path):
    file = tmp_path / "one.key"
    public = witness.new_key(NAME, file)

    with pytest.raises(witness.CannotLook, match="is there already"):
        witness.new_key(NAME, file)

    assert file.stat().st_mode & 0o777 == 0o600
    assert witness.WitnessKey.parse(file.read_text()).public == public


def test_only_the_open_net_with_a_certificate_is_asked():
    with pytest.raises(witness.CannotLook, match="is not an https"):
        witness.fetcher("http://deshmi.example/log")


# --- What we take ----------------------------------------------------------------------------------


def cosigned(tmp_path, note=None, moment=None, name=NAME):
    own = witness.WitnessKey.parse((tmp_path / "witness.key").read_text())
    note = note or Checkpoint.objects.latest("size").note
    second = int((moment or clock.now()).timestamp())
    return checkpoints.cosigned(note, name=name, signer=own.signer, moment=second)


def handed_over(client, note):
    answer = client.post(reverse("published:cosignature"), note, content_type="text/plain")
    return answer.status_code, answer.content.decode().strip()


def test_a_cosignature_is_handed_over_once(key, client, tmp_path):
    note = cosigned(tmp_path)

    assert handed_over(client, note) == (200, "Taken; it is published with the checkpoint.")
    assert handed_over(client, note) == (200, "It was handed over before.")
    assert handed_over(client, cosigned(tmp_path, moment=clock.now() + timedelta(minutes=1)))[0] == 200
    assert Cosignature.objects.count() == 1
    assert client.get(reverse("published:checkpoint")).content.decode() == note


def test_what_no_known_witness_has_cosigned_is_not_taken(key, client, tmp_path):
    newest = Checkpoint.objects.latest("size").note
    other = checkpoints.Checkpoint(signing.log_origin(), 1_000, bytes(32))
    lines = Note.parse(cosigned(tmp_path)).signatures
    forged = checkpoints.SignatureLine(
        lines[-1].name, lines[-1].key_id, lines[-1].value[:-1] + bytes([lines[-1].value[-1] ^ 1])
    )

    refused = {
        "no witness": handed_over(client, newest),
        "another checkpoint": handed_over(client, checkpoints.signed(other, signing.signer(signing.LOG))),
        "another name": handed_over(client, cosigned(tmp_path, name="stranger.example")),
        "from the future": handed_over(client, cosigned(tmp_path, moment=clock.now() + timedelta(hours=1))),
        "before it was signed": handed_over(client, cosigned(tmp_path, moment=clock.now() - timedelta(hours=1))),
        "a signature that does not fit": handed_over(client, str(Note(Note.parse(newest).text, (*lines[:-1], forged)))),
        "not a note": handed_over(client, "hello"),
    }  # fmt: skip

    assert {what: status for what, (status, _said) in refused.items()} == dict.fromkeys(refused, 400)
    assert Cosignature.objects.count() == 0


def test_guessing_at_the_door_of_witnesses_is_slowed_down(client):
    answers = [handed_over(client, "hello")[0] for _time in range(12)]

    assert answers == [400] * 10 + [429] * 2


def test_another_witness_takes_over_and_what_the_first_saw_stays_good(key, tmp_path):
    witnessing.accept(cosigned(tmp_path))
    second = witness.new_key("court.example/witness", tmp_path / "second.key")

    witnessing.trust(str(second))

    states = dict(SigningKey.objects.filter(purpose="witness").values_list("name", "state"))
    assert states == {NAME: "retired", "court.example/witness": "active"}
    assert LogEntry.objects.filter(op="key").count() >= 3
    assert auditing.audit_rows().faults == []
    with pytest.raises(witnessing.NotTaken, match="No witness whose key is known"):
        witnessing.accept(cosigned(tmp_path))


def test_a_logs_key_is_no_witness():
    with pytest.raises(witnessing.NotTaken, match="is a log's key"):
        witnessing.trust(str(signing.log_keys()[0]))


# --- What a verifier is told -----------------------------------------------------------------------


def test_the_exported_proof_bears_the_first_cosignature_that_covers_it(key, tmp_path):
    certificate = issued_certificate()
    witnessing.accept(cosigned(tmp_path))
    first = Checkpoint.objects.latest("size").size
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        keeping_log.record("list", {"number": 2})

    proof = log_proof.LogProof.parse(mirroring.log_proof_of(certificate))

    opened = log_proof.verify(
        proof, bytes(LogEntry.objects.get(index=certificate.log_index).entry),
        log_keys=signing.log_keys(), witness_keys=witnessing.keys(), quorum=1,
    )  # fmt: skip
    assert opened.checkpoint.size == first


def test_the_demonstration_has_a_witness_of_its_own(settings):
    keeping_log.record("list", {"number": 1})

    assert witnessing.demonstrate() is True
    assert witnessing.demonstrate() is True
    assert Cosignature.objects.get().key.name == "witness.example/demonstration"
    settings.DERIVE_KEYS = False
    assert witnessing.demonstrate() is False


# --- Over the network ------------------------------------------------------------------------------


class _Site(BaseHTTPRequestHandler):
    """The site's own views at an address, for a program that is not ours to call in this process."""

    visitor = None

    def do_GET(self):
        self._answer(self.visitor.get(self.path))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(self.visitor.post(self.path, body, content_type=self.headers["Content-Type"]))

    def _answer(self, answer):
        self.send_response(answer.status_code)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_said):
        pass


def test_over_the_network_it_fetches_the_tiles_and_hands_its_cosignature_over(key, client, tmp_path):
    for number in range(3):
        keeping_log.record("list", {"number": number})
    keeping_log.publish()
    _Site.visitor = client
    site = HTTPServer(("127.0.0.1", 0), _Site)
    site.timeout = 0.1
    command = [sys.executable, "-m", "certification.witness", f"--log=http://127.0.0.1:{site.server_port}/log"]
    command += [f"--key={tmp_path / 'witness.key'}", f"--state={tmp_path / 'state.json'}"]
    command += [f"--log-key={signing.log_keys()[0]}"]

    with site, subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as done:
        while done.poll() is None:
            site.handle_request()
        said = done.stdout.read().strip()

    size = Checkpoint.objects.latest("size").size
    assert said == f"Cosigned {size} entries as {NAME}. Taken; it is published with the checkpoint."
    assert Cosignature.objects.get().checkpoint_id == size
