"""The credential: the official schema, the least that must be said, and nothing read from strangers unbounded."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft201909Validator, FormatChecker

from certification.formats import credential, data_integrity
from certification.formats.credential import Issuer, NotACredential, StatusEntry
from tests.certification.formats.samples import (
    ACHIEVEMENT,
    CREATED,
    DID,
    SIGNER,
    STATUS_LIST,
    SUBJECT_ID,
    some_facts,
    unsigned,
)

pytestmark = pytest.mark.once

# 1EdTech's schema of an AchievementCredential as JSON-LD, as they publish it (captured 2026-07-04 by openbadgeslib).
SCHEMA = Path(__file__).with_name("ob_v3p0_achievementcredential_schema.json")


def complaints(document):
    validator = Draft201909Validator(json.loads(SCHEMA.read_bytes()), format_checker=FormatChecker())
    return [error.json_path for error in validator.iter_errors(document)]


def test_the_schema_is_the_official_one():
    assert hashlib.sha256(SCHEMA.read_bytes()).hexdigest() == (
        "b7358e895f492e74055dc6bfc7ffc420d0e497f90c4579fb83d9519b86d393ea"
    )


@pytest.mark.parametrize("language", ["sq", "sr-latn", "sr", "en"])
@pytest.mark.parametrize("months", [36, None])
def test_it_passes_the_official_schema_unsigned_and_signed(language, months):
    document = unsigned(some_facts(language, months), with_licence=True)

    assert complaints(document) == []
    assert complaints(data_integrity.secure(document, SIGNER, created=CREATED)) == []


def test_the_official_schema_refuses_what_profile_p1_avoids():
    document = unsigned()

    assert complaints(document | {"credentialStatus": [document["credentialStatus"]]}) == ["$.credentialStatus"]


def test_it_says_who_what_how_long_and_when_and_nothing_else_about_the_person():
    document = unsigned()

    assert document["credentialSubject"]["identifier"] == [
        {"type": "IdentityObject", "hashed": False, "identityHash": "Çlirim Gjergjaj", "identityType": "name"}
    ]
    assert document["credentialSubject"]["id"] == SUBJECT_ID
    assert document["name"] == "Refresher ë ç"
    assert [each["value"] for each in document["credentialSubject"]["result"]] == ["36", "2026-11-20"]
    assert (document["validFrom"], document["validUntil"]) == (
        "2026-11-22T00:00:00+01:00",
        "2029-11-21T23:59:59+01:00",
    )
    said = json.dumps(document, ensure_ascii=False)
    for unsaid in ("PS-0042", "Agim", "Gjakova", "Hotel", "2026-03-01", "p-1", "HZ1J652JFWKP", "2026-REF-000257"):
        assert unsaid not in said


def test_the_licence_number_is_there_only_when_asked_for_and_known():
    def identifiers(document):
        return {each["identityType"]: each["identityHash"] for each in document["credentialSubject"]["identifier"]}

    assert identifiers(unsigned(with_licence=True)) == {
        "name": "Çlirim Gjergjaj",
        "ext:licenceNumber": "PS-0042",
    }
    assert identifiers(unsigned(some_facts(licence=False), with_licence=True)) == {"name": "Çlirim Gjergjaj"}


def test_the_status_entry_is_one_object_with_purpose_revocation():
    assert unsigned()["credentialStatus"] == {
        "id": f"{STATUS_LIST}#94567",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": STATUS_LIST,
    }


def test_the_achievement_says_its_parts_in_the_holders_language():
    achievement = unsigned(some_facts("sr"))["credentialSubject"]["achievement"]

    assert achievement["id"] == ACHIEVEMENT
    assert achievement["inLanguage"] == "sr-Cyrl"
    assert achievement["description"] == "Refresher знања, 36 сати"
    assert achievement["criteria"] == {
        "narrative": "- Day one знања (7,5 сати)\n- Ethics знања (2 сата)\n- Final test знања"
    }
    assert (achievement["humanCode"], achievement["version"]) == ("REF", "3")


def test_a_certificate_for_life_has_no_last_day():
    assert "validUntil" not in unsigned(some_facts(months=None))


def test_in_summer_the_days_are_those_of_the_place():
    document = unsigned(some_facts(valid_from="2026-07-01", valid_until="2027-06-30"))

    assert (document["validFrom"], document["validUntil"]) == (
        "2026-07-01T00:00:00+02:00",
        "2027-06-30T23:59:59+02:00",
    )


def test_a_demonstration_says_so_where_wallets_show_it():
    document = unsigned(some_facts("en", demo=True))

    assert document["name"] == "Refresher (DEMONSTRATION · of no value)"
    assert document["credentialSubject"]["achievement"]["name"] == document["name"]


def test_the_same_facts_give_the_same_bytes():
    one, other = (data_integrity.secure(unsigned(), SIGNER, created=CREATED) for _ in range(2))

    assert json.dumps(one) == json.dumps(other)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject_id": "mailto:ana@example.org"}, "not a random urn:uuid"),
        ({"subject_id": "urn:uuid:6f1c1f5e-8a1d-1c34-9b12-0a1f6a6b7c8d"}, "not a random urn:uuid"),
        ({"credential_id": "257"}, "credential id '257'"),
        ({"issuer": Issuer("https://deshmi.example.org")}, "not a DID"),
        ({"issuer": Issuer(DID, "deshmi")}, "'deshmi' is not an address"),
        ({"achievement_url": f"{ACHIEVEMENT}#1"}, "without fragment"),
        ({"status": StatusEntry(STATUS_LIST, 131_072)}, "status index 131072"),
        ({"status": StatusEntry("status/1", 5)}, "'status/1' is not an address"),
    ],
)
def test_what_cannot_stand_in_a_credential_is_refused_with_its_value(change, words):
    with pytest.raises(ValueError, match=words):
        unsigned(**change)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"[]", "not an object"),
        (b'{"a": 1, "a": 2}', "named twice"),
        (b'{"a": {"b": 1, "b": 1}}', "named twice"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": 1e400}', "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b'{"a": "\\ud800"}', "not JSON"),
        ('{"a": "\ud800"}', "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}", "deeper than 32"),
        (b"[" * 200_000, "deeper than 32"),
        (b'{"a": "' + b"x" * credential.MAX_BYTES + b'"}', "at most 262144"),
        (b'"' + b'\\"' * 130_000, "not JSON"),
    ],
)
def test_bytes_of_strangers_are_refused_in_words(content, words):
    with pytest.raises(NotACredential, match=words):
        credential.parse(content)


def test_brackets_inside_texts_are_not_depth():
    assert credential.parse('{"a": "' + "[" * 100 + '\\"{"}') == {"a": "[" * 100 + '"{'}


@given(
    st.dictionaries(st.text(max_size=5), st.text() | st.integers() | st.booleans() | st.lists(st.text(), max_size=3))
)
def test_any_plain_object_is_read_as_it_was_written(document):
    assert credential.parse(json.dumps(document)) == document
