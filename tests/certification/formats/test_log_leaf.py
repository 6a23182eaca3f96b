"""Entries of the log: they say what and when to everyone, and to whom only with the salt."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.formats import log_leaf
from certification.formats.log_leaf import LogEntry, MalformedEntry

pytestmark = pytest.mark.once

SALT = bytes(range(16))
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CREDENTIAL = {"name": "Çlirim Gjergjaj", "hours": 36, "days": [{"on": "2026-11-20"}], "licence": None}

moments = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=12,
)


def test_an_entry_is_canonical_json_with_a_salted_commitment():
    canonical = '{"days":[{"on":"2026-11-20"}],"hours":36,"licence":null,"name":"Çlirim Gjergjaj"}'
    sealed = hashlib.sha256(SALT + canonical.encode()).hexdigest()

    written = log_leaf.entry("issue", at=AT, salt=SALT, content=CREDENTIAL)

    assert written.decode() == f'{{"at":"2026-11-22T09:30:00Z","c":"{sealed}","op":"issue","v":1}}'
    assert len(written) == 119


def test_an_entry_is_read_as_it_was_written_and_opened_by_its_salt():
    read = log_leaf.parse(log_leaf.entry("issue", at=AT, salt=SALT, content=CREDENTIAL))

    assert read == LogEntry("issue", AT, log_leaf.commitment(SALT, CREDENTIAL))
    assert read.is_opened_by(SALT, CREDENTIAL)
    assert not read.is_opened_by(bytes(16), CREDENTIAL)
    assert not read.is_opened_by(SALT, CREDENTIAL | {"hours": 37})
    assert not read.is_opened_by(SALT, CREDENTIAL | {"added": True})


def test_every_operation_can_be_written_and_read():
    assert [log_leaf.parse(log_leaf.entry(each, at=AT, salt=SALT, content={})).operation for each in (
        "issue", "suspend", "reinstate", "revoke", "supersede", "erase", "key", "list", "template"
    )] == list(log_leaf.OPERATIONS)  # fmt: skip


def test_the_order_of_members_does_not_matter_and_the_zone_is_told_in_utc():
    turned = dict(reversed(CREDENTIAL.items()))
    in_belgrade = datetime(2026, 11, 22, 10, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=1)))

    assert log_leaf.entry("issue", at=in_belgrade, salt=SALT, content=turned) == log_leaf.entry(
        "issue", at=AT, salt=SALT, content=CREDENTIAL
    )


def test_the_same_content_under_two_salts_gives_two_entries_that_nobody_can_link():
    one, other = log_leaf.new_salt(), log_leaf.new_salt()

    assert (len(one), len(other)) == (16, 16)
    assert one != other
    assert log_leaf.commitment(one, CREDENTIAL) != log_leaf.commitment(other, CREDENTIAL)


def test_an_entry_shows_nothing_of_its_content():
    written = log_leaf.entry("issue", at=AT, salt=SALT, content=CREDENTIAL)

    assert b"Gjergjaj" not in written
    # Whoever guesses the name right but has no salt finds no match.
    assert (
        hashlib.sha256(b'{"name":"x"}').hexdigest()
        not in log_leaf.entry("issue", at=AT, salt=SALT, content={"name": "x"}).decode()
    )


@given(st.sampled_from(log_leaf.OPERATIONS), moments, st.binary(min_size=16, max_size=16), values)
def test_whatever_is_sealed_is_read_and_opened_again(operation, at, salt, content):
    written = log_leaf.entry(operation, at=at, salt=salt, content=content)

    read = log_leaf.parse(written)

    assert (read.operation, read.at, bytes(read)) == (operation, at, written)
    assert read.is_opened_by(salt, content)
    assert len(written) <= log_leaf.MOST_BYTES


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"operation": "delete"}, "The log knows no operation 'delete'; it knows issue, suspend"),
        ({"at": datetime(2026, 11, 22)}, "has no zone"),
        ({"salt": b"short"}, "A salt has 16 bytes"),
        ({"salt": bytes(32)}, "A salt has 16 bytes"),
        ({"salt": "0123456789abcdef"}, "A salt has 16 bytes"),
        ({"content": {1: "number as a name"}}, "no canonical JSON"),
        ({"content": {"hours": 2**53}}, "no canonical JSON"),
        ({"content": {"hours": float("nan")}}, "no canonical JSON"),
        ({"content": {"name": "\ud800"}}, "no canonical JSON"),
        ({"content": {"at": AT}}, "no canonical JSON"),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_sentence(changes, said):
    known = {"operation": "issue", "at": AT, "salt": SALT, "content": CREDENTIAL} | changes

    with pytest.raises(MalformedEntry, match=said):
        log_leaf.entry(known.pop("operation"), **known)


def test_content_nested_without_end_is_a_no():
    nested = []
    for _ in range(100_000):
        nested = [nested]
    read = log_leaf.parse(log_leaf.entry("issue", at=AT, salt=SALT, content=[]))

    assert not read.is_opened_by(SALT, nested)
    assert not read.is_opened_by(SALT, object())
    assert not read.is_opened_by(None, [])
    assert not LogEntry("issue", AT, "ë").is_opened_by(SALT, [])


ENTRY = log_leaf.entry("issue", at=AT, salt=SALT, content=CREDENTIAL)
COMMITMENT = log_leaf.commitment(SALT, CREDENTIAL).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 200, "not JSON"),
        (b"[]", "the members v, op, at and c"),
        (ENTRY[:-1] + b',"x":1}', "and no other"),
        (ENTRY.replace(b',"v":1', b""), "the members"),
        (ENTRY.replace(b'"v":1', b'"v":2'), "The version 2 is not known"),
        (ENTRY.replace(b'"v":1', b'"v":true'), "The version True"),
        (ENTRY.replace(b'"v":1', b'"v":1.0'), "The version 1.0"),
        (ENTRY.replace(b'"issue"', b'"delete"'), "The operation 'delete'"),
        (ENTRY.replace(b'"issue"', b'["issue"]'), "The operation"),
        (ENTRY.replace(b'"c":"', b'"c":"0'), "not 64 hexadecimal"),
        (ENTRY.replace(COMMITMENT, COMMITMENT.upper()), "not 64 hexadecimal"),
        (ENTRY.replace(b"2026-11-22T09:30:00Z", b"2026-11-22"), "The moment '2026-11-22' is not like"),
        (ENTRY.replace(b"2026-11-22T", b"2026-13-22T"), "is not like"),
        (ENTRY.replace(b'"2026-11-22T09:30:00Z"', b"17"), "is not like"),
        (ENTRY.replace(b"T09:", b"T9:"), "not in canonical JSON"),
        (ENTRY.replace(b'"v":1', b'"v": 1'), "not in canonical JSON"),
        (ENTRY.replace(b'"op":"issue"', b'"op":"revoke","op":"issue"'), "not in canonical JSON"),
        (ENTRY.replace(b'"issue"', b'"\\u0069ssue"'), "not in canonical JSON"),
        (ENTRY + b"\n", "not in canonical JSON"),
        (ENTRY.decode().encode("utf-16-le"), "not in canonical JSON"),
        (ENTRY + b" " * 256, "256 bytes at the most, not 375"),
    ],
)
def test_an_entry_in_another_writing_is_refused(content, said):
    with pytest.raises(MalformedEntry, match=said):
        log_leaf.parse(content)


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused_without_another_error(content):
    with pytest.raises(MalformedEntry):
        log_leaf.parse(content)
