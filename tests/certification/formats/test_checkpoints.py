"""Checkpoints: what other programs signed is understood, what was changed or written in a second way is refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from certification.formats import checkpoints
from certification.formats.checkpoints import Checkpoint, MalformedNote, Note, NoteKey, UntrustedNote
from certification.formats.signer import Signer
from certification.rules import merkle

pytestmark = pytest.mark.once

ORIGIN = "deshmi.example/log"
WITNESS = "council.example/witness"
NOON = 1_795_348_800


def signer(seed):
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return Signer("did:web:deshmi.example#log", private.public_key().public_bytes_raw(), private.sign)


LOG_SIGNER, WITNESS_SIGNER, STRANGER = signer(1), signer(2), signer(3)
LOG_KEY = checkpoints.log_key(ORIGIN, LOG_SIGNER.public)
WITNESS_KEY = checkpoints.witness_key(WITNESS, WITNESS_SIGNER.public)
LEAVES = [merkle.leaf_hash(bytes([place])) for place in range(9)]
CHECKPOINT = Checkpoint(ORIGIN, 5, merkle.root(LEAVES[:5]))
ROOT_LINE = base64.b64encode(CHECKPOINT.root) + b"\n"
NOTE = checkpoints.signed(CHECKPOINT, LOG_SIGNER)
COSIGNED = checkpoints.cosigned(NOTE, name=WITNESS, signer=WITNESS_SIGNER, moment=NOON)

# --- Notes that others have signed ----------------------------------------------------------------------------------

# The key and the note in the documentation of Go's package for signed notes.
NEUMANN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# A state of Go's checksum database, whose key is named otherwise than the log.
GO_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
GO = (
    "go.sum database tree\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
# A state of a log of web certificates with the cosignature of a public witness.
NAVIGLI_KEY = "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G"
NAVIGLI = (
    "coachandhorses2026h1.staging.certificate.transparency.goog\n185550722\n"
    "YXAM0VmnrfvLaBCOOYSJhCaE5F10oGBOo+hkbDa1kng=\n\n"
    "— coachandhorses2026h1.staging.certificate.transparency.goog MpXgsHy8ZwxXnO+WjtVrPxAzL49Rs1gWTkNVNeEa//5peAzaocRCB3"
    "qt3EaibjzY5GILLtGgBP7dBhgcSHy+JQh0OAc=\n"
    "— witness.navigli.sunlight.geomys.org o+AP4gAAAABqb7DzNrGFRJnQ9vrJ8xpnwZytnr/ZYczDIsvwvouiSjwOjn7a72ccxBk+lKnZ7dKqk"
    "YKER1s/KxLTaVwQD7lJZTC/CQ==\n"
)


@pytest.mark.parametrize(
    ("key", "note", "moment"), [(NEUMANN_KEY, NEUMANN, None), (GO_KEY, GO, None), (NAVIGLI_KEY, NAVIGLI, 1_785_704_691)]
)
def test_a_note_that_another_program_signed_is_understood(key, note, moment):
    known = NoteKey.parse(key)
    parsed = Note.parse(note)

    assert str(known) == key
    assert str(parsed) == note
    assert parsed.signed_by([known]) == {known: moment}
    with pytest.raises(UntrustedNote, match="does not belong to this text"):
        Note.parse(note.replace("a", "e", 1)).signed_by([known])


def test_the_checkpoint_of_another_log_is_understood():
    checkpoint = Checkpoint.parse(Note.parse(GO).text)

    assert (checkpoint.origin, checkpoint.size) == ("go.sum database tree", 20_852_163)
    assert checkpoint.root == base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")


# --- Ours -----------------------------------------------------------------------------------------------------------


def test_a_checkpoint_that_the_log_signed_and_the_witness_saw_can_be_believed():
    opened = checkpoints.verify(COSIGNED, log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY], quorum=1, latest=NOON)

    assert opened == checkpoints.Opened(CHECKPOINT, (LOG_KEY,), {WITNESS_KEY: NOON})
    assert opened.first_seen == NOON
    assert checkpoints.verify(COSIGNED.encode(), log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY]) == opened


def test_without_a_witness_the_log_stands_alone():
    opened = checkpoints.verify(NOTE, log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY])

    assert opened == checkpoints.Opened(CHECKPOINT, (LOG_KEY,), {})
    assert opened.first_seen is None
    with pytest.raises(UntrustedNote, match="0 witnesses we know have cosigned this checkpoint; 1 must have"):
        checkpoints.verify(NOTE, log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY], quorum=1)


def test_a_note_has_the_form_that_the_standard_gives():
    lines = COSIGNED.split("\n")

    assert lines[:4] == [ORIGIN, "5", base64.b64encode(CHECKPOINT.root).decode(), ""]
    assert lines[4].startswith(f"— {ORIGIN} ")
    assert len(base64.b64decode(lines[4].split(" ")[2])) == 4 + 64
    assert lines[5].startswith(f"— {WITNESS} ")
    assert base64.b64decode(lines[5].split(" ")[2])[4:12] == NOON.to_bytes(8, "big")
    assert lines[6:] == [""]


def test_the_witness_signs_the_time_and_the_whole_text():
    assert checkpoints.cosigned_message("example.com/behind-the-sofa\n20852163\nCsUY\n", 1_679_315_147) == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUY\n"
    )


def test_signatures_of_strangers_are_passed_over():
    by_stranger = checkpoints.cosigned(COSIGNED, name="stranger.example", signer=STRANGER, moment=NOON + 1)
    post_quantum = checkpoints.with_signatures(by_stranger, f"— {WITNESS} {base64.b64encode(bytes(2_432)).decode()}\n")

    opened = checkpoints.verify(post_quantum, log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY], quorum=1)

    assert opened.witnesses == {WITNESS_KEY: NOON}


def test_a_stranger_under_the_name_of_the_log_is_refused():
    forged = checkpoints.signed(CHECKPOINT, STRANGER)

    with pytest.raises(UntrustedNote, match="No key we know for 'deshmi"):
        checkpoints.verify(forged, log_keys=[LOG_KEY])


def test_a_strangers_signature_under_the_logs_key_id_is_refused():
    forged = Note(str(CHECKPOINT), (checkpoints.SignatureLine(ORIGIN, LOG_KEY.id, STRANGER.sign(b"x")),))

    with pytest.raises(UntrustedNote, match="does not belong to this text"):
        checkpoints.verify(str(forged), log_keys=[LOG_KEY])


@pytest.mark.parametrize("length", [1, 7, 8, 63, 65, 72])
def test_a_signature_of_another_length_is_refused(length):
    of_log = checkpoints.SignatureLine(ORIGIN, LOG_KEY.id, bytes(length))
    of_witness = checkpoints.SignatureLine(WITNESS, WITNESS_KEY.id, bytes(length))

    with pytest.raises(UntrustedNote, match="The signature of deshmi"):
        checkpoints.verify(str(Note(str(CHECKPOINT), (of_log,))), log_keys=[LOG_KEY])
    with pytest.raises(UntrustedNote, match="The signature of council"):
        checkpoints.verify(NOTE + str(of_witness), log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY])


def test_a_cosignature_at_no_possible_time_is_refused():
    line = checkpoints.SignatureLine(WITNESS, WITNESS_KEY.id, b"\x80" + bytes(71))

    with pytest.raises(UntrustedNote, match="has no possible time"):
        checkpoints.verify(NOTE + str(line), log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY])


def test_a_wrong_cosignature_of_a_known_witness_spoils_the_note():
    other = checkpoints.signed(Checkpoint(ORIGIN, 4, merkle.root(LEAVES[:4])), LOG_SIGNER)
    moved = checkpoints.with_signatures(other, str(Note.parse(COSIGNED).signatures[1]))

    with pytest.raises(UntrustedNote, match="The signature of council"):
        checkpoints.verify(moved, log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY])


def test_the_time_of_a_cosignature_cannot_be_changed():
    line = Note.parse(COSIGNED).signatures[1]
    earlier = checkpoints.SignatureLine(line.name, line.key_id, (NOON - 86_400).to_bytes(8, "big") + line.value[8:])

    with pytest.raises(UntrustedNote, match="does not belong to this text"):
        checkpoints.verify(
            checkpoints.with_signatures(NOTE, str(earlier)), log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY]
        )


def test_a_cosignature_from_the_future_is_refused():
    with pytest.raises(UntrustedNote, match="has cosigned in the future"):
        checkpoints.verify(COSIGNED, log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY], latest=NOON - 1)


def test_a_log_is_no_witness_of_itself():
    """The log's key under a witness's name or kind counts for nothing: kinds have different ids and messages."""
    posing = NoteKey(ORIGIN, checkpoints.WITNESS, LOG_SIGNER.public)

    opened = checkpoints.verify(NOTE, log_keys=[LOG_KEY, posing], witness_keys=[LOG_KEY, posing])

    assert (opened.log_keys, opened.witnesses) == ((LOG_KEY,), {})


def test_one_key_under_two_names_is_one_witness():
    twice = checkpoints.cosigned(COSIGNED, name="other.example", signer=WITNESS_SIGNER, moment=NOON)
    names = [WITNESS_KEY, checkpoints.witness_key("other.example", WITNESS_SIGNER.public)]

    with pytest.raises(UntrustedNote, match="2 must have"):
        checkpoints.verify(twice, log_keys=[LOG_KEY], witness_keys=names, quorum=2)


def test_a_note_of_another_log_by_the_same_key_is_refused():
    elsewhere = checkpoints.signed(Checkpoint("other.example", 5, CHECKPOINT.root), LOG_SIGNER)

    under_its_own_name = checkpoints.SignatureLine(
        ORIGIN, LOG_KEY.id, LOG_SIGNER.sign(b"other.example\n5\n" + ROOT_LINE)
    )

    for note in (elsewhere, str(Note(Note.parse(elsewhere).text, (under_its_own_name,)))):
        with pytest.raises(UntrustedNote, match="No key we know for 'other"):
            checkpoints.verify(note, log_keys=[LOG_KEY])


def test_a_cosignature_alone_is_no_signature_of_the_log():
    posing = checkpoints.witness_key(ORIGIN, WITNESS_SIGNER.public)
    both = checkpoints.cosigned(NOTE, name=ORIGIN, signer=WITNESS_SIGNER, moment=NOON)
    alone = str(Note(str(CHECKPOINT), Note.parse(both).signatures[1:]))

    with pytest.raises(UntrustedNote, match="No key we know"):
        checkpoints.verify(alone, log_keys=[posing], witness_keys=[posing])


def test_after_a_change_of_key_old_and_new_checkpoints_are_believed():
    new_key = checkpoints.log_key(ORIGIN, STRANGER.public)

    assert checkpoints.verify(NOTE, log_keys=[new_key, LOG_KEY]).log_keys == (LOG_KEY,)
    assert checkpoints.verify(checkpoints.signed(CHECKPOINT, STRANGER), log_keys=[new_key, LOG_KEY]).log_keys == (
        new_key,
    )


def test_a_witness_that_signs_again_replaces_its_line_and_the_earliest_moment_counts():
    again = checkpoints.cosigned(COSIGNED, name=WITNESS, signer=WITNESS_SIGNER, moment=NOON + 600)
    both = checkpoints.with_signatures(again, str(Note.parse(COSIGNED).signatures[1]))

    assert [line.name for line in Note.parse(again).signatures] == [ORIGIN, WITNESS]
    the_other_way = checkpoints.with_signatures(COSIGNED, str(Note.parse(again).signatures[1]))
    assert str(Note.parse(both).signatures[1]) != str(Note.parse(the_other_way).signatures[1])
    assert checkpoints.verify(both, log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY]).first_seen == NOON
    assert checkpoints.verify(the_other_way, log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY]).first_seen == NOON
    assert checkpoints.with_signatures(both, str(Note.parse(COSIGNED).signatures[1])) == both


def test_a_later_checkpoint_follows_and_a_rewritten_one_does_not():
    later = Checkpoint(ORIGIN, 9, merkle.root(LEAVES))
    rewritten = [merkle.leaf_hash(b"other"), *LEAVES[1:]]
    liar = Checkpoint(ORIGIN, 9, merkle.root(rewritten))

    assert later.follows(CHECKPOINT, merkle.consistency_path(5, LEAVES))
    assert CHECKPOINT.follows(CHECKPOINT, [])
    assert later.follows(Checkpoint(ORIGIN, 0, merkle.EMPTY_ROOT), [])
    assert not liar.follows(CHECKPOINT, merkle.consistency_path(5, rewritten))
    assert not CHECKPOINT.follows(later, merkle.consistency_path(5, LEAVES))
    assert not Checkpoint("other.example", 9, later.root).follows(CHECKPOINT, merkle.consistency_path(5, LEAVES))
    assert not Checkpoint(ORIGIN, 5, liar.root).follows(CHECKPOINT, [])


# --- Written in a second way, or not at all ---------------------------------------------------------------------------

ROOT = base64.b64encode(CHECKPOINT.root).decode()
SIGNATURE = str(Note.parse(NOTE).signatures[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{ORIGIN}\n5\n", "three or more lines"),
        (f"{ORIGIN}\n05\n{ROOT}\n", "The size '05'"),
        (f"{ORIGIN}\n+5\n{ROOT}\n", "The size"),
        (f"{ORIGIN}\n 5\n{ROOT}\n", "The size"),
        (f"{ORIGIN}\n-1\n{ROOT}\n", "The size"),
        (f"{ORIGIN}\n5_0\n{ROOT}\n", "The size"),
        (f"{ORIGIN}\n٥\n{ROOT}\n", "The size"),
        (f"{ORIGIN}\n9223372036854775808\n{ROOT}\n", "The size"),
        (f"{ORIGIN}\n{'9' * 5_000}\n{ROOT}\n", "The size"),
        (f"{ORIGIN}\n5\n{ROOT[:-4]}\n", "it must have 32"),
        (f"{ORIGIN}\n5\n{ROOT[:-1]}\n", "is not base64"),
        (f"{ORIGIN}\n5\n{ROOT} \n", "is not base64"),
        (f"{ORIGIN}\n5\n{'A' * 42}B=\n", "is not the usual base64"),
        (f"{ORIGIN}\n0\n{ROOT}\n", "The root of an empty log is 47DEQpj8"),
        (f"\n5\n{ROOT}\n", "no empty one"),
    ],
)
def test_a_checkpoint_in_another_writing_is_refused_even_when_the_log_signed_it(text, said):
    key = LOG_KEY
    line = checkpoints.SignatureLine(key.name, key.id, LOG_SIGNER.sign(text.encode()))

    with pytest.raises(MalformedNote, match=said):
        checkpoints.verify(str(Note(text, (line,))), log_keys=[key])


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("", "no empty line"),
        ("\n\n", "no empty line"),
        (str(CHECKPOINT), "no empty line"),
        (str(CHECKPOINT) + "\n", "does not end with a signature line"),
        (NOTE[:-1], "does not end with a signature line"),
        (NOTE + "\n", "does not end with a signature line"),
        (NOTE.replace("\n", "\r\n"), "control characters"),
        (NOTE.replace("deshmi", "de\0shmi"), "control characters"),
        (NOTE.replace("— ", "- "), "is not a signature line"),
        (NOTE + "— two words AAAAAAA=\n", "is not base64"),
        (NOTE + "— a+b AAAAAAA=\n", "is not a signature line"),
        (NOTE + "— a\u00a0b AAAAAAA=\n", "is not a signature line"),
        (NOTE + "— name\n", "is not a signature line"),
        (NOTE + "— name AAAAAA==\n", "too short"),
        (NOTE + "— name AAAAAAB=\n", "not the usual base64"),
        (str(CHECKPOINT) + "\n" + SIGNATURE * 33, "It has 33 signatures; 32 are the most"),
        (NOTE + "x" * 131_072, "131072 are the most we read"),
        (NOTE.encode() + b"\xff", "not UTF-8"),
        (NOTE + "\ud800", "not UTF-8"),
    ],
)
def test_what_is_not_a_note_is_refused_in_a_sentence(note, said):
    with pytest.raises(MalformedNote, match=said):
        checkpoints.verify(note, log_keys=[LOG_KEY])


def test_sixteen_and_more_signatures_are_read():
    many = NOTE
    for seed in range(10, 40):
        many = checkpoints.cosigned(many, name=f"w{seed}.example", signer=signer(seed), moment=NOON)

    assert len(Note.parse(many).signatures) == 31
    assert checkpoints.verify(many, log_keys=[LOG_KEY]).checkpoint == CHECKPOINT


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name", "is not a verifier key"),
        (NEUMANN_KEY.replace("c74f20a3", "c74f20a4"), "does not belong to the key"),
        (NEUMANN_KEY.replace("c74f20a3", "C74F20A3"), "does not belong to the key"),
        (NEUMANN_KEY[:-4], "it must have 33"),
        (NEUMANN_KEY.replace("+AR", "+Ax"), "kind of key 3 is not known"),
        ("Peter Neumann" + NEUMANN_KEY[12:], "must not be empty nor have blanks"),
        (NEUMANN_KEY[12:], "must not be empty"),
    ],
)
def test_what_is_not_a_key_is_refused_in_a_sentence(text, said):
    with pytest.raises(MalformedNote, match=said):
        NoteKey.parse(text)


def test_only_what_can_be_read_again_is_signed():
    with pytest.raises(MalformedNote):
        checkpoints.signed(Checkpoint("two\nlines", 5, CHECKPOINT.root), LOG_SIGNER)
    with pytest.raises(MalformedNote):
        checkpoints.signed(Checkpoint(ORIGIN, -5, CHECKPOINT.root), LOG_SIGNER)
    with pytest.raises(MalformedNote, match="must be one line"):
        checkpoints.signed(Checkpoint(f"{ORIGIN}\n4\n{ROOT}", 5, CHECKPOINT.root), LOG_SIGNER)
    with pytest.raises(MalformedNote, match="blanks"):
        checkpoints.signed(Checkpoint("two words", 5, CHECKPOINT.root), LOG_SIGNER)
    with pytest.raises(MalformedNote):
        checkpoints.cosigned(NEUMANN, name=WITNESS, signer=WITNESS_SIGNER, moment=NOON)
    with pytest.raises(ValueError, match="The moment -1"):
        checkpoints.cosigned(NOTE, name=WITNESS, signer=WITNESS_SIGNER, moment=-1)


@given(st.data())
def test_one_changed_letter_is_never_the_same_note(data):
    """Whichever byte of the note is changed: refused, or a line of nobody we know and no witness any more."""
    written = COSIGNED.encode()
    place = data.draw(st.integers(0, len(written) - 1))
    letter = data.draw(st.integers(0, 255).filter(lambda value: value != written[place]))
    changed = written[:place] + bytes([letter]) + written[place + 1 :]

    with pytest.raises((MalformedNote, UntrustedNote)):
        checkpoints.verify(changed, log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY], quorum=1)


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
def test_anything_else_is_refused_without_another_error(content):
    with pytest.raises((MalformedNote, UntrustedNote)):
        checkpoints.verify(content, log_keys=[LOG_KEY])


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32), st.integers(0, 2**63 - 1))
def test_what_is_signed_is_read_again_as_it_was(size, root, moment):
    checkpoint = Checkpoint(ORIGIN, size, root)
    note = checkpoints.cosigned(
        checkpoints.signed(checkpoint, LOG_SIGNER), name=WITNESS, signer=WITNESS_SIGNER, moment=moment
    )

    opened = checkpoints.verify(note, log_keys=[LOG_KEY], witness_keys=[WITNESS_KEY], quorum=1)

    assert (opened.checkpoint, opened.first_seen) == (checkpoint, moment)
