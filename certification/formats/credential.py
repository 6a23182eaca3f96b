"""Frozen facts to an Open Badges 3.0 AchievementCredential (on W3C Verifiable Credentials 2.0), and back from bytes.

Only terms that every published copy of the contexts gives the same meaning are used, and of those only the ones that
context and schema agree about: ``activityStartDate`` is a date in one and a moment in the other, ``awardedDate`` has an
undeclared prefix as its type.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from certification.formats import contexts
from certification.formats.labels import hours_of, label
from lms.kernel.languages import localized

# As language tags (BCP 47) that also say the script.
LANGUAGE_TAGS = {"sq": "sq", "sr-latn": "sr-Latn", "sr": "sr-Cyrl", "en": "en"}
STATUS_LIST_SIZE = 131_072  # entries; Bitstring Status List 1.0 section 2.2 asks for at least that many
# What is read from strangers: a credential of ours has 3 kB and six levels.
MAX_BYTES, MAX_DEPTH = 256 * 1024, 32

_RANDOM_URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
# A JSON text, or the rest when it is not closed: matched without trying again, so that it takes linear time.
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_NO_BRACKET = bytes(byte for byte in range(256) if byte not in b"[]{}")
_ADDRESS = re.compile(r"https?://[^\s/#]+[^\s#]*")


class NotACredential(ValueError):
    """The bytes are not one JSON object that a credential could be."""


@dataclass(frozen=True)
class Issuer:
    """Who issues: ``did`` is the identifier that keys hang on, ``url`` the home page (optional)."""

    did: str
    url: str = ""


@dataclass(frozen=True)
class StatusEntry:
    """The place of a certificate in a status list: the list's address and an index from 0."""

    list_url: str
    index: int


def build(
    facts: Mapping[str, Any],
    *,
    credential_id: str,
    subject_id: str,
    issuer: Issuer,
    achievement_url: str,
    status: StatusEntry,
    with_licence: bool = False,
) -> dict[str, Any]:
    """The unsigned credential of a certificate with these ``facts``. The same arguments give the same document.

    ``subject_id`` is a random ``urn:uuid:``, made once and kept: it must lead to nobody. The credential says the name as
    printed, course, hours and dates, and the licence number only ``with_licence``; no other fact about the person.
    Raises ValueError for an address or index that cannot be one.
    """
    _check(credential_id, subject_id, issuer, achievement_url, status)
    language = facts["language"]
    subject_identifiers = [_identity("name", facts["holder"]["printed"])]
    if with_licence and facts["licence"]:
        subject_identifiers.append(_identity("ext:licenceNumber", facts["licence"]["number"]))
    about = achievement(facts, achievement_url)
    return {
        "@context": [contexts.CREDENTIALS, contexts.OPEN_BADGES],
        "id": credential_id,
        "type": ["VerifiableCredential", "AchievementCredential"],
        "name": about["name"],
        "issuer": {
            "id": issuer.did,
            "type": ["Profile"],
            "name": localized(facts["issuer"]["names"], language),
            **({"url": issuer.url} if issuer.url else {}),
        },
        "validFrom": _moment(facts["valid_from"], time(0), facts["zone"]),
        # The last valid day counts whole.
        **({"validUntil": _moment(until, time(23, 59, 59), facts["zone"])} if (until := facts["valid_until"]) else {}),
        "credentialSubject": {
            "id": subject_id,
            "type": ["AchievementSubject"],
            "identifier": subject_identifiers,
            "achievement": about,
            "result": [
                {"type": ["Result"], "resultDescription": f"{achievement_url}#hours", "value": _hours(facts)},
                {
                    "type": ["Result"],
                    "resultDescription": f"{achievement_url}#completed",
                    "value": facts["completion"]["on"],
                },
            ],
        },
        # Profile P1: one object, never a list, which the official schema would refuse.
        "credentialStatus": {
            "id": f"{status.list_url}#{status.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(status.index),
            "statusListCredential": status.list_url,
        },
    }


def parse(content: bytes | str) -> dict[str, Any]:
    """The JSON object in ``content``, which may come from anybody.

    Raises NotACredential for anything larger than MAX_BYTES or deeper than MAX_DEPTH, for a member named twice (two
    readers would see two documents), and for numbers that have no canonical form.
    """
    raw = content.encode(errors="surrogatepass") if isinstance(content, str) else content
    if len(raw) > MAX_BYTES:
        raise NotACredential(f"The text has {len(raw)} bytes; a credential has at most {MAX_BYTES}.")
    _check_depth(raw)
    try:
        document = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_number)
        # An escaped half of a character is JSON, but no text.
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except NotACredential:
        raise
    except (ValueError, RecursionError) as error:
        raise NotACredential(f"The text is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise NotACredential("The text is JSON, but not an object; a credential starts with {.")
    return document


def issuer_of(document: Mapping[str, Any]) -> str:
    """The issuer's identifier, which stands alone or in an object (VC Data Model 2.0 section 4.7); "" when absent."""
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    return found if isinstance(found, str) else ""


def achievement(facts: Mapping[str, Any], url: str) -> dict[str, Any]:
    """What was achieved, under the address ``url``: the programme at one edition, in the language of ``facts``."""
    language, programme = facts["language"], facts["programme"]
    title = localized(programme["titles"], language)
    if facts["demo"]:
        title = f"{title} ({label('demo', language)})"
    parts = [
        f"{localized(part['titles'], language)} ({hours_of(Decimal(part['hours']), language)})"
        for part in (*facts["days"], *facts["modules"])
    ]
    parts += [localized(assessment["titles"], language) for assessment in facts["assessments"]]
    description = f"{title}, {hours_of(Decimal(programme['hours']), language)}"
    return {
        "id": url,
        "type": ["Achievement"],
        "achievementType": "CertificateOfCompletion",
        "name": title,
        "description": description,
        "criteria": {"narrative": "\n".join(f"- {part}" for part in parts) or description},
        "humanCode": programme["code"],
        "version": str(programme["edition"]),
        "inLanguage": LANGUAGE_TAGS[language],
        # Hours and the day of completion as results: a text has one form everywhere, a fraction has several.
        "resultDescription": [
            _result(f"{url}#hours", label("hours_name", language), "ext:Hours"),
            _result(f"{url}#completed", label("completed_on", language, date="").strip(), "ext:CompletionDate"),
        ],
    }


def _result(name: str, words: str, kind: str) -> dict[str, Any]:
    return {"id": name, "type": ["ResultDescription"], "name": words, "resultType": kind}


def _identity(kind: str, value: str) -> dict[str, Any]:
    return {"type": "IdentityObject", "hashed": False, "identityHash": value, "identityType": kind}


def _hours(facts: Mapping[str, Any]) -> str:
    return _plain(facts["programme"]["hours"])


def _plain(hours: str) -> str:
    """36.00 as 36, 7.50 as 7.5."""
    return f"{Decimal(hours).normalize():f}"


def _moment(day: str, clock: time, zone: str) -> str:
    return datetime.combine(date.fromisoformat(day), clock, ZoneInfo(zone)).isoformat()


def _check(credential_id: str, subject_id: str, issuer: Issuer, achievement_url: str, status: StatusEntry) -> None:
    if not _RANDOM_URN.fullmatch(subject_id):
        raise ValueError(f"The subject {subject_id!r} is not a random urn:uuid; make one with uuid4.")
    if not _RANDOM_URN.fullmatch(credential_id) and not _ADDRESS.fullmatch(credential_id):
        raise ValueError(f"The credential id {credential_id!r} is neither an address nor a random urn:uuid.")
    if not issuer.did.startswith("did:") or "#" in issuer.did:
        raise ValueError(f"The issuer {issuer.did!r} is not a DID.")
    for address in (achievement_url, status.list_url, *([issuer.url] if issuer.url else [])):
        if not _ADDRESS.fullmatch(address):
            raise ValueError(f"{address!r} is not an address without fragment, as achievements and status lists have.")
    if not 0 <= status.index < STATUS_LIST_SIZE:
        raise ValueError(f"The status index {status.index} lies outside the list of {STATUS_LIST_SIZE}.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotACredential("A member is named twice, so that two readers could see two documents.")
    return found


def _no_number(word: str) -> None:
    raise NotACredential(f"{word} is not a JSON number.")


def _check_depth(raw: bytes) -> None:
    """Before parsing, so that deep nesting costs no stack. Brackets inside texts do not count."""
    depth = 0
    for bracket in _TEXT.sub(b"", raw).translate(None, _NO_BRACKET):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise NotACredential(f"The text is nested deeper than {MAX_DEPTH} levels.")
