"""Log proofs: a certificate's place in the log, checked with nothing but keys."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from certification.formats import checkpoints, log_leaf, log_proof, tiles
from certification.formats.checkpoints import Checkpoint, MalformedNote, UntrustedNote
from certification.formats.log_proof import LogProof, NotInLog
from certification.formats.signer import Signer
from certification.rules import merkle

pytestmark = pytest.mark.once

ORIGIN = "deshmi.example/log"
WITNESS = "council.example/witness"
NOON = 1_795_348_800
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SIZE, INDEX = 300, 257


def signer(seed):
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return Signer("did:web:deshmi.example#log", private.public_key().public_bytes_raw(), private.sign)


LOG_SIGNER, WITNESS_SIGNER = signer(1), signer(2)
KEYS = {
    "log_keys": [checkpoints.log_key(ORIGIN, LOG_SIGNER.public)],
    "witness_keys": [checkpoints.witness_key(WITNESS, WITNESS_SIGNER.public)],
    "quorum": 1,
    "latest": NOON,
}


def salt(place):
    return hashlib.sha256(b"salt %d" % place).digest()[:16]


def credential(place):
    return {"id": f"urn:uuid:{place}", "name": f"Person {place}"}


def entry(place):
    return log_leaf.entry("issue", at=AT, salt=salt(place), content=credential(place))


ENTRIES = [entry(place) for place in range(SIZE)]
FILES = dict(tiles.grow(0, ENTRIES, {}.get))
READ = tiles.reader(SIZE, FILES.get)
ROOT = merkle.stored_root(SIZE, READ)
PATH = merkle.stored_inclusion_path(INDEX, SIZE, READ)
NOTE = checkpoints.cosigned(
    checkpoints.signed(Checkpoint(ORIGIN, SIZE, ROOT), LOG_SIGNER), name=WITNESS, signer=WITNESS_SIGNER, moment=NOON
)
PROOF = log_proof.write(index=INDEX, path=PATH, note=NOTE, salt=salt(INDEX))


def checked_by_a_stranger(proof):
    """All they have is the credential, which says when it was issued, the proof beside it and the two keys."""
    read = LogProof.parse(proof)
    rebuilt = log_leaf.entry("issue", at=AT, salt=read.salt, content=credential(INDEX))
    return log_proof.verify(read, rebuilt, **KEYS)


def test_a_certificate_finds_its_place_in_the_log_with_nothing_but_keys():
    opened = checked_by_a_stranger(PROOF.encode())

    assert opened.checkpoint == Checkpoint(ORIGIN, SIZE, ROOT)
    assert opened.first_seen == NOON
    assert log_proof.verify(PROOF, ENTRIES[INDEX], **KEYS) == opened


def test_a_proof_has_the_form_that_the_standard_gives():
    lines = PROOF.split("\n")
    end = 3 + len(PATH)

    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == "extra " + base64.b64encode(salt(INDEX)).decode()
    assert lines[2] == "index 257"
    assert lines[3:end] == [base64.b64encode(each).decode() for each in PATH]
    assert lines[end] == ""
    assert "\n".join(lines[end + 1 :]) == NOTE


def test_the_proof_of_another_log_may_have_no_extra_data():
    lines = PROOF.split("\n")
    read = LogProof.parse("\n".join([lines[0], *lines[2:]]))

    assert read.extra is None
    assert log_proof.verify(read, ENTRIES[INDEX], **KEYS).checkpoint.size == SIZE
    with pytest.raises(MalformedNote, match="carries no salt of 16 bytes"):
        assert read.salt


def test_the_only_entry_needs_no_path():
    note = checkpoints.signed(Checkpoint(ORIGIN, 1, merkle.leaf_hash(ENTRIES[0])), LOG_SIGNER)

    written = log_proof.write(index=0, path=[], note=note, salt=salt(0))

    assert "index 0\n\ndeshmi.example/log\n" in written
    assert log_proof.verify(written, ENTRIES[0], log_keys=KEYS["log_keys"]).checkpoint.size == 1


@given(st.integers(0, SIZE - 1), st.integers(1, SIZE))
def test_every_entry_is_proven_in_every_log_that_has_it(index, size):
    if index >= size:
        index %= size
    read = tiles.reader(size, dict(tiles.grow(0, ENTRIES[:size], {}.get)).get)
    note = checkpoints.signed(Checkpoint(ORIGIN, size, merkle.stored_root(size, read)), LOG_SIGNER)
    path = merkle.stored_inclusion_path(index, size, read)

    written = log_proof.write(index=index, path=path, note=note, salt=salt(index))

    assert log_proof.verify(written, entry(index), log_keys=KEYS["log_keys"]).checkpoint.size == size


def test_a_certificate_that_is_not_in_the_log_is_refused():
    unlogged = log_leaf.entry("issue", at=AT, salt=salt(INDEX), content=credential(9_999))

    with pytest.raises(NotInLog, match="This is not entry 257 of the log 'deshmi"):
        log_proof.verify(PROOF, unlogged, **KEYS)


def test_another_operation_moment_or_salt_is_another_entry():
    for operation, at, used in [
        ("revoke", AT, salt(INDEX)),
        ("issue", AT.replace(year=2025), salt(INDEX)),
        ("issue", AT, salt(INDEX + 1)),
    ]:
        other = log_leaf.entry(operation, at=at, salt=used, content=credential(INDEX))
        with pytest.raises(NotInLog):
            log_proof.verify(PROOF, other, **KEYS)


def test_the_proof_of_another_certificate_does_not_fit():
    with pytest.raises(NotInLog):
        log_proof.verify(PROOF, ENTRIES[INDEX + 1], **KEYS)
    with pytest.raises(NotInLog):
        log_proof.verify(PROOF.replace("index 257", "index 256"), ENTRIES[INDEX], **KEYS)


def test_a_path_under_another_checkpoint_does_not_fit():
    shorter = checkpoints.signed(Checkpoint(ORIGIN, 200, merkle.stored_root(200, READ)), LOG_SIGNER)
    moved = log_proof.write(index=INDEX, path=PATH, note=shorter, salt=salt(INDEX))

    with pytest.raises(NotInLog, match="when it had 200 entries"):
        log_proof.verify(moved, ENTRIES[INDEX], log_keys=KEYS["log_keys"])


def test_a_log_of_a_forgers_own_is_refused():
    forged = log_proof.write(
        index=INDEX, path=PATH, note=checkpoints.signed(Checkpoint(ORIGIN, SIZE, ROOT), signer(3)), salt=salt(INDEX)
    )

    with pytest.raises(UntrustedNote, match="No key we know"):
        log_proof.verify(forged, ENTRIES[INDEX], **KEYS)


def test_a_rewritten_log_that_the_witness_has_not_seen_is_refused():
    rewritten = [*ENTRIES[:INDEX], entry(9_999), *ENTRIES[INDEX + 1 :]]
    hashes = [merkle.leaf_hash(each) for each in rewritten]
    note = checkpoints.signed(Checkpoint(ORIGIN, SIZE, merkle.root(hashes)), LOG_SIGNER)
    by_insider = log_proof.write(index=INDEX, path=merkle.inclusion_path(INDEX, hashes), note=note, salt=salt(9_999))

    with pytest.raises(UntrustedNote, match="0 witnesses we know have cosigned this checkpoint; 1 must have"):
        log_proof.verify(by_insider, entry(9_999), **KEYS)


def test_only_a_proof_that_can_be_read_again_is_written():
    good = {"index": INDEX, "path": PATH, "note": NOTE, "salt": salt(INDEX)}

    for changes in [
        {"index": -1},
        {"path": [b"short"]},
        {"path": PATH * 20},
        {"note": "no note"},
        {"salt": b""},
        {"salt": bytes(17)},
    ]:
        with pytest.raises(MalformedNote):
            log_proof.write(**good | changes)


EXTRA = f"extra {base64.b64encode(salt(INDEX)).decode()}\n"
HASH = base64.b64encode(PATH[0]).decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no empty line"),
        (PROOF.replace("\n", "\r\n"), "control characters"),
        (PROOF.replace("@v1", "@v2", 1), "does not begin with c2sp.org/tlog-proof@v1"),
        ("\n" + PROOF, "does not begin with"),
        (PROOF.replace(EXTRA, EXTRA + EXTRA), "does not say its index"),
        (PROOF.replace("extra ", "Extra "), "does not say its index"),
        (PROOF.replace(EXTRA, "extra \u00e7\n"), "is not base64"),
        (PROOF.replace(EXTRA, f"extra {base64.b64encode(bytes(1_025)).decode()}\n"), "1024 are the most"),
        (PROOF.replace(EXTRA, "").replace("index 257\n", f"index 257\n{EXTRA}"), "is not base64"),
        (PROOF.replace("index 257\n", ""), "does not say its index"),
        (PROOF.replace("index 257", "index 0257"), "The index '0257'"),
        (PROOF.replace("index 257", "index -1"), "The index '-1'"),
        (PROOF.replace("index 257", "index 9223372036854775808"), "The index"),
        (PROOF.replace("index 257", "index 257 "), "The index"),
        (PROOF.replace(HASH, HASH[:-4]), "it must have 32"),
        (PROOF.replace(HASH, HASH + " "), "is not base64"),
        (PROOF.replace(HASH, f"{HASH}\n" * 63 + HASH), "no log needs more than 64"),
        (PROOF.replace(f"\n\n{ORIGIN}", f"\n{ORIGIN}"), "no empty line"),
        (PROOF.replace(f"\n\n{ORIGIN}", f"\n\n\n{ORIGIN}"), "no empty one"),
        (PROOF[: PROOF.index(ORIGIN)], "no empty line"),
        (PROOF + "x" * 200_000, "are the most we read"),
        (PROOF.encode() + b"\xff", "not UTF-8"),
    ],
)
def test_a_proof_in_another_writing_is_refused_in_a_sentence(content, said):
    with pytest.raises(MalformedNote, match=said):
        log_proof.verify(content, ENTRIES[INDEX], **KEYS)


@given(st.data())
def test_one_changed_byte_proves_nothing(data):
    written = PROOF.encode()
    place = data.draw(st.integers(0, len(written) - 1))
    letter = data.draw(st.integers(0, 255).filter(lambda value: value != written[place]))
    changed = written[:place] + bytes([letter]) + written[place + 1 :]

    with pytest.raises((MalformedNote, UntrustedNote)):
        checked_by_a_stranger(changed)


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
def test_anything_else_is_refused_without_another_error(content):
    for prefix in ("", log_proof.HEADER + "\n"):
        with pytest.raises((MalformedNote, UntrustedNote)):
            log_proof.verify(prefix + content if isinstance(content, str) else content, b"entry", **KEYS)


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=64),
    st.one_of(st.none(), st.binary(max_size=1_024)),
)
def test_what_is_written_is_read_again_as_it_was(index, path, extra):
    proof = LogProof(index, tuple(path), NOTE, extra)

    assert LogProof.parse(str(proof)) == proof
