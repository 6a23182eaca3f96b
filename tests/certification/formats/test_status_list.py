"""Status lists: what is encoded is read back, by ourselves and by others, and nothing else is."""

import base64
import gzip
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openvc.status.bitstring import decode_bitstring, get_status_bit
from openvc.status.status_list import check_credential_status

from certification.formats import status_list
from certification.formats.status_list import ENTRIES, ListOutOfDate, NotAStatusList

pytestmark = pytest.mark.once
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
LIST, ISSUER = "https://council.example/status/7", "did:web:council.example"
indexes = st.sets(st.integers(0, ENTRIES - 1), max_size=40)


def made(**changes):
    valid_from, valid_until = status_list.dates(NOW)
    facts = {"purpose": "revocation", "are_set": {5, 70_000}, "valid_from": valid_from, "valid_until": valid_until}
    return status_list.credential(id=LIST, issuer=ISSUER, **facts | changes)


def read(found, **changes):
    expected = {"id": LIST, "issuer": ISSUER, "purpose": "revocation", "at": NOW}
    return status_list.read(found, **expected | changes)


def multibase(content: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@settings(max_examples=40, deadline=None)
@given(indexes)
def test_exactly_what_was_set_is_read_back(are_set):
    assert status_list.decode(status_list.encode(are_set)).are_set == are_set


@settings(max_examples=20, deadline=None)
@given(indexes)
def test_another_implementation_reads_the_same_bits(are_set):
    octets = decode_bitstring(status_list.encode(are_set))

    assert len(octets) * 8 == 131_072
    assert all(get_status_bit(octets, index) for index in are_set)
    assert sum(octet.bit_count() for octet in octets) == len(are_set)


def test_another_implementation_finds_a_certificate_revoked_and_its_neighbours_not():
    found = [
        check_credential_status(
            {"credentialStatus": status_list.entry(list_id=LIST, purpose="revocation", index=index)},
            resolve_status_list=lambda address: {LIST: made()}[address],
        ).revoked
        for index in (4, 5, 6, 69_999, 70_000)
    ]

    assert found == [False, True, False, False, True]


def test_the_first_entry_is_the_leftmost_bit():
    assert gzip.decompress(base64.urlsafe_b64decode(status_list.encode({0, 15})[1:] + "=="))[:2] == b"\x80\x01"


def test_the_same_set_gives_the_same_bytes_whatever_its_order_or_the_hour():
    first = status_list.encode([70_000, 5, 9])

    assert first == status_list.encode((9, 5, 70_000, 5))
    assert base64.urlsafe_b64decode(first[1:25])[:10] == bytes.fromhex("1f8b08000000000002ff")


@pytest.mark.parametrize("index", [-1, ENTRIES])
def test_an_entry_beyond_the_list_is_refused(index):
    with pytest.raises(ValueError, match=f"Entry {index} is not on a list of 131072 entries"):
        status_list.encode({index})
    with pytest.raises(ValueError, match=f"Entry {index} is not on a list of 131072 entries"):
        status_list.entry(list_id=LIST, purpose="revocation", index=index)
    with pytest.raises(IndexError, match=f"has no entry {index}"):
        status_list.decode(status_list.encode(()))[index]


def test_a_list_shorter_than_the_standard_allows_is_neither_written_nor_read():
    short = multibase(gzip.compress(bytes(10_000), mtime=0))

    with pytest.raises(ValueError, match="at least 131072 entries"):
        status_list.encode((), entries=80_000)
    with pytest.raises(NotAStatusList, match="has 131072 entries; this one has 80000"):
        status_list.decode(short)


def test_a_bomb_is_refused_before_it_goes_off():
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    bomb = multibase(b"".join(packer.compress(bytes(1_000_000)) for _ in range(20)) + packer.flush())
    assert len(bomb) < 32_768

    tracemalloc.start()
    with pytest.raises(NotAStatusList, match="more than 131072 entries"):
        status_list.decode(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 500_000


@pytest.mark.parametrize(
    ("encoded", "said"),
    [
        ("", "written as 'u' and base64url"),
        ("u", "written as 'u' and base64url"),
        ("z3hKq", "written as 'u' and base64url"),
        ("uH4sI AAAA", "written as 'u' and base64url"),
        ("uH4sIAAAA==", "written as 'u' and base64url"),
        ("u" + "A" * 40_000, "40001 symbols are too many"),
        ("uA", "cannot be unpacked"),
        (multibase(b"not packed at all"), "cannot be unpacked"),
        (multibase(gzip.compress(bytes(16_384), mtime=0)[:-9]), "cut off"),
        (multibase(gzip.compress(bytes(16_384), mtime=0) + b"more"), "something follows"),
        (multibase(gzip.compress(bytes(16_384), mtime=0) * 2), "something follows"),
        (multibase(gzip.compress(bytes(16_385), mtime=0)), "more than 131072 entries"),
        (multibase(gzip.compress(bytes(16_384), mtime=0)[:-8] + bytes(8)), "cannot be unpacked"),
    ],
)
def test_what_is_not_a_packed_list_is_refused_with_the_reason(encoded, said):
    with pytest.raises(NotAStatusList, match=said):
        status_list.decode(encoded)


def test_a_list_begins_fifteen_minutes_ago_and_lasts_a_week():
    found = made(are_set=())

    assert found == {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": ISSUER,
        "validFrom": "2026-11-22T10:15:00Z",
        "validUntil": "2026-11-29T10:30:00Z",
        "credentialSubject": {
            "id": f"{LIST}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": status_list.encode(()),
        },
    }


def test_a_certificate_names_the_place_of_its_bit_as_text():
    assert status_list.entry(list_id=LIST, purpose="suspension", index=70_000) == {
        "id": f"{LIST}#70000",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "suspension",
        "statusListIndex": "70000",
        "statusListCredential": LIST,
    }


def test_a_purpose_nobody_knows_and_a_moment_without_a_zone_are_refused():
    with pytest.raises(ValueError, match="not for 'message'"):
        made(purpose="message")
    with pytest.raises(ValueError, match="has no time zone"):
        made(valid_from=datetime(2026, 11, 22, 10, 30))


def test_a_list_that_is_the_one_asked_for_gives_its_bits():
    bits = read(made())

    assert bits.are_set == {5, 70_000}
    assert (bits[5], bits[6]) == (True, False)
    assert read(made() | {"issuer": {"id": ISSUER, "type": "Profile"}}).are_set == {5, 70_000}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "https://council.example/status/8"}, "address is"),
        ({"issuer": "did:web:elsewhere.example"}, "issuer is"),
        ({"purpose": "suspension"}, "purpose is"),
    ],
)
def test_another_list_is_not_taken_for_this_one(changes, said):
    with pytest.raises(NotAStatusList, match=said):
        read(made(), **changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type": ["VerifiableCredential"]}, "not a BitstringStatusListCredential"),
        ({"type": None}, "not a BitstringStatusListCredential"),
        ({"credentialSubject": [{}]}, "not a BitstringStatusListCredential"),
        ({"validUntil": None}, "from when and until when"),
        ({"validFrom": "2026-11-22"}, "from when and until when"),
        ({"validUntil": "2026-13-40T10:00:00Z"}, "is no moment"),
    ],
)
def test_a_list_without_what_it_needs_is_refused(changes, said):
    with pytest.raises(NotAStatusList, match=said):
        read(made() | changes)


def test_a_list_without_bits_is_refused():
    found = made()
    found["credentialSubject"]["encodedList"] = None

    with pytest.raises(NotAStatusList, match="no encodedList"):
        read(found)


def test_a_list_is_relied_on_in_its_time_only_and_clocks_may_differ_by_five_minutes():
    begins, ends = status_list.dates(NOW)
    five = timedelta(minutes=5)

    assert read(made(), at=begins - five).are_set == {5, 70_000}
    assert read(made(), at=ends + five).are_set == {5, 70_000}
    with pytest.raises(ListOutOfDate, match="from 2026-11-22T10:15:00Z only"):
        read(made(), at=begins - five - timedelta(seconds=1))
    with pytest.raises(ListOutOfDate, match="until 2026-11-29T10:30:00Z"):
        read(made(), at=ends + five + timedelta(seconds=1))
