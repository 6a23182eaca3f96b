"""The kit: the page's rules (run by Node) and the script give one answer to everything, and the archive is always the same."""

import base64
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certification.formats import sealing
from certification.formats.kit import archive, verify
from certification.formats.kit import trust as trusts
from certification.rules import numbering
from tests.certification.formats.kit import samples
from tests.certification.formats.kit.samples import (
    MADE,
    NOW,
    NUMBER,
    REPLACED,
    RETIRED,
    REVOKED,
    STATUS,
    STOLEN,
    SUSPENDED,
    address,
    as_json,
    as_jwt,
    badge_png,
    badge_svg,
    list_copy,
    pdf,
    trust,
)

pytestmark = pytest.mark.once

NODE = shutil.which("node")
RULES = Path(archive.__file__).with_name("rules.js")
EXAMINE = Path(__file__).with_name("examine.mjs")
LATER = MADE + timedelta(days=31)


def altered(content, old, new):
    assert content.count(old) > 0
    return content.replace(old, new)


def with_header(**header):
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return ".".join([head, *as_jwt().split(".")[1:]]).encode()


def foreign():
    return altered(as_json(), b"did:web:deshmi.example.org", b"did:web:someone.example.net")


def two_names():
    return altered(as_json(), b'{"@context"', b'{"name": "Another", "@context"')


def damaged(text):
    """The address with one symbol of its signature changed."""
    return text[:-20] + ("A" if text[-20] != "A" else "B") + text[-19:]


# name: what is examined, when, and what comes out.
CASES = {
    "credential": (as_json, NOW, "valid", ""),
    "token": (lambda: as_jwt().encode(), NOW, "valid", ""),
    "document": (pdf, NOW, "valid", ""),
    "badge as PNG": (badge_png, NOW, "valid", ""),
    "badge as SVG": (badge_svg, NOW, "valid", ""),
    "badge as SVG with a token": (lambda: badge_svg(as_jwt()), NOW, "valid", ""),
    "square code": (address, NOW, "valid", ""),
    "square code for life": (lambda: address(until=None), NOW, "valid", ""),
    "first day, clock four minutes behind": (
        lambda: as_json(valid_from="2026-11-23"),
        MADE.replace(hour=22, minute=56),
        "valid",
        "",
    ),
    "clock four minutes behind the kit": (as_json, MADE - timedelta(minutes=4), "valid", ""),
    "clock four minutes ahead": (as_json, NOW + timedelta(minutes=4), "valid", ""),
    "last valid day": (lambda: as_json(valid_until="2026-11-22"), MADE.replace(hour=22), "valid", ""),
    "the day after": (lambda: as_json(valid_until="2026-11-22"), MADE.replace(hour=23, minute=30), "expired", ""),
    "square code expired": (lambda: address(until=date(2026, 11, 21)), NOW, "expired", ""),
    "suspended": (lambda: as_json(SUSPENDED), NOW, "suspended", ""),
    "suspended wins over expired": (lambda: as_json(SUSPENDED, valid_until="2026-11-20"), NOW, "suspended", ""),
    "square code suspended": (lambda: address(SUSPENDED), NOW, "suspended", ""),
    "revoked": (lambda: as_json(REVOKED), NOW, "revoked", ""),
    "revoked wins over expired": (lambda: as_json(REVOKED, valid_until="2026-11-20"), NOW, "revoked", ""),
    "revoked, told by an old list too": (lambda: as_json(REVOKED), LATER, "revoked", ""),
    "replaced": (lambda: as_json(REPLACED), NOW, "replaced", ""),
    "square code replaced": (lambda: address(REPLACED), NOW, "replaced", ""),
    "retired key, signed before": (
        lambda: as_json(signer=RETIRED, created=MADE - timedelta(days=400)),
        NOW,
        "valid",
        "",
    ),
    "retired key, signed after": (lambda: as_json(signer=RETIRED), NOW, "not_genuine", "wrong_key"),
    "stolen key, logged before": (lambda: pdf(3, STOLEN), NOW, "valid", ""),
    "stolen key, logged after": (lambda: pdf(4, STOLEN), NOW, "cannot_check", "compromised"),
    "stolen key, no proof": (lambda: as_json(signer=STOLEN), NOW, "cannot_check", "compromised"),
    "key of another purpose": (lambda: as_json(signer=STATUS), NOW, "not_genuine", "wrong_key"),
    "key from before its time": (
        lambda: as_json(created=MADE.replace(year=2019)),
        NOW,
        "not_genuine",
        "wrong_key",
    ),
    "unknown key": (lambda: as_json(signer=samples.signer_of(9, "key-9")), NOW, "cannot_check", "unknown_key"),
    "another issuer": (foreign, NOW, "not_genuine", "foreign"),
    "another name": (lambda: altered(as_json(), b"Gjergjaj", b"Gashi"), NOW, "not_genuine", "altered"),
    "a member more": (
        lambda: altered(as_json(), b'{"@context"', b'{"grade": "5", "@context"'),
        NOW,
        "not_genuine",
        "altered",
    ),
    "a member twice": (two_names, NOW, "not_genuine", "altered"),
    "square code altered": (lambda: damaged(address()), NOW, "not_genuine", "altered"),
    "square code under another number": (
        lambda: altered(address(), f"/v/{NUMBER}#", "/v/0123456789AB#"),
        NOW,
        "not_genuine",
        "altered",
    ),
    "alg none": (lambda: with_header(alg="none", typ="vc+jwt", kid=samples.KEY_ID), NOW, "not_genuine", "altered"),
    "a key in the header": (
        lambda: with_header(alg="EdDSA", typ="vc+jwt", kid=samples.KEY_ID, jku="https://x.example"),
        NOW,
        "not_genuine",
        "altered",
    ),
    "the proof of another certificate": (lambda: pdf(other=12), NOW, "not_genuine", "not_in_log"),
    "valid from next year": (lambda: as_json(valid_from="2027-11-23"), NOW, "cannot_check", "not_yet"),
    "lists of 30 days": (as_json, MADE + timedelta(days=29, hours=23), "valid", ""),
    "lists of 31 days": (as_json, LATER, "cannot_check", "stale"),
    "square code and lists of 31 days": (address, LATER, "cannot_check", "stale"),
    "suspended on an old list": (lambda: as_json(SUSPENDED), LATER, "cannot_check", "stale"),
    "a clock that stands before the kit": (as_json, MADE - timedelta(days=3), "cannot_check", "clock"),
    "a place on no list": (lambda: address(status_list=2), NOW, "cannot_check", "no_list"),
    "nothing": (lambda: b"", NOW, "cannot_check", "unreadable"),
    "any file": (lambda: b"\xff\x00 anything", NOW, "cannot_check", "unreadable"),
    "a PDF without credential": (lambda: b"%PDF-1.7\n%%EOF", NOW, "cannot_check", "unreadable"),
    "a list": (lambda: b"[1, 2]", NOW, "cannot_check", "unreadable"),
    "200 levels": (lambda: b'{"a":' * 200 + b"1" + b"}" * 200, NOW, "cannot_check", "unreadable"),
    "an SVG with entities": (
        lambda: altered(badge_svg(), b"<svg", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg'),
        NOW,
        "cannot_check",
        "unreadable",
    ),
    "two credentials in a document": (
        lambda: pdf() + b"9 0 obj\n<</Type /EmbeddedFile/Length 2>>\nstream\n{}\nendstream\nendobj\n",
        NOW,
        "not_genuine",
        "altered",
    ),
    "a full megabyte of dictionaries": (
        lambda: b"%PDF-1.7\n" + b"1 0 obj <</Type /EmbeddedFile " * 30_000,
        NOW,
        "cannot_check",
        "unreadable",
    ),
}


def by_node(cases, *told):
    given = [
        {"trust": which, "now": int(now.timestamp() * 1000)}
        | ({"address": content} if isinstance(content, str) else {"content": base64.b64encode(content).decode()})
        for which, content, now in cases
    ]
    done = subprocess.run(
        [NODE, EXAMINE, RULES],
        input=json.dumps({"trusts": [trusts.document(each) for each in told or [trust()]], "cases": given}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def nodes_answers():
    if NODE is None:
        pytest.skip("Node is not installed: the page's rules were not run")
    made = [(0, make(), now) for make, now, _verdict, _reason in CASES.values()]
    return dict(zip(CASES, by_node(made), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_the_script_gives_the_verdict(case):
    make, now, verdict, reason = CASES[case]

    found = verify.examine(make(), trusts.document(trust()), now)

    assert (found["verdict"], found["reason"]) == (verdict, reason)


@pytest.mark.parametrize("case", CASES)
def test_the_page_gives_the_same_answer_to_the_letter(case, nodes_answers):
    make, now, verdict, reason = CASES[case]

    assert (nodes_answers[case]["verdict"], nodes_answers[case]["reason"]) == (verdict, reason)
    assert nodes_answers[case] == verify.examine(make(), trusts.document(trust()), now)


def test_what_is_shown_is_what_was_signed():
    found = verify.examine(pdf(), trusts.document(trust()), NOW)

    assert found["facts"] == {
        "name": "Çlirim Gjergjaj",
        "course": "Refresher ë ç",
        "hours": "36",
        "number": "",
        "from": "2026-01-01",
        "until": "2028-12-31",
    }
    assert [(each["name"], each["outcome"]) for each in found["checks"]] == [
        ("signature", "yes"),
        ("log", "yes"),
        ("key", "yes"),
        ("status", "yes"),
        ("dates", "yes"),
    ]
    assert verify.examine(address(), trusts.document(trust()), NOW)["facts"]["number"] == numbering.grouped(NUMBER)


SAVED_ANEW = b"\n% something more\n"


@pytest.mark.parametrize(
    ("change", "outcome", "verdict"),
    [
        (lambda file: file, "yes", "valid"),
        (lambda file: file + SAVED_ANEW, "no", "not_genuine"),
        (lambda file: altered(file, b"/Type /Sig", b"/Type /Sih"), "no", "not_genuine"),
        (lambda file: altered(file, b"/ByteRange", b"/ByteRangX"), "no", "not_genuine"),
        (lambda file: file.replace(b"00000000>", b"0000beef>", 1), "no", "not_genuine"),
    ],
    ids=["as it was sealed", "something added", "a letter changed", "no seal", "something in the room of the seal"],
)
def test_the_script_checks_the_seal_of_a_document(change, outcome, verdict):
    found = verify.examine_file(change(pdf()), trusts.document(trust()), NOW)

    assert found["checks"][-1] == {"name": "seal", "outcome": outcome}
    assert found["verdict"] == verdict
    assert (found["reason"] == "not_sealed") == (outcome == "no")


def test_a_seal_under_another_root_does_not_hold():
    stranger = sealing.demonstration_seal("Somebody", not_before=MADE.replace(year=2025))
    root = x509.load_der_x509_certificate(stranger.key().certificate).public_bytes(Encoding.PEM).decode()

    assert verify.seal_holds(pdf(), [root]) is False
    assert verify.seal_holds(pdf(), []) is False
    assert verify.seal_holds(b"%PDF-1.7\n%%EOF", list(trust().seal_roots)) is False


def test_nothing_of_a_forgery_is_repeated():
    forged = altered(as_json(), b"Gjergjaj", b"Gashi")

    assert verify.examine(forged, trusts.document(trust()), NOW)["facts"] is None


@pytest.mark.skipif(NODE is None, reason="Node is not installed: the page's rules were not run")
def test_a_list_that_somebody_else_made_says_nothing():
    """Cleared by a stranger, by a key of another purpose, or of another address: then nothing can be said."""
    stranger = replace(trust(), lists=(list_copy(samples.signer_of(9, "status-1"), are_set=()),))
    other_purpose = replace(trust(), lists=(list_copy(samples.SIGNER, are_set=()),))
    elsewhere = replace(trust(), lists=(replace(list_copy(), address="https://deshmi.example.org/status/9"),))

    found = [
        verify.examine(address(REVOKED), trusts.document(each), NOW) for each in (stranger, other_purpose, elsewhere)
    ]

    assert [each["reason"] for each in found] == ["no_list"] * 3
    told = [stranger, other_purpose, elsewhere]
    assert by_node([(which, address(REVOKED), NOW) for which in range(3)], *told) == found


def test_the_kit_is_always_the_same_bytes():
    one = archive.build(trust(), STATUS)
    other = archive.build(replace(trust(), keys=tuple(reversed(samples.KEYS))), STATUS)

    assert hashlib.sha256(one).digest() == hashlib.sha256(other).digest()
    assert archive.build(replace(trust(), made_at=NOW), STATUS) != one


def unpacked_kit(folder):
    with zipfile.ZipFile(io.BytesIO(archive.build(trust(), STATUS))) as kit:
        kit.extractall(folder)
    return folder / archive.FOLDER


def run(kit, *arguments):
    command = [sys.executable, "-I", str(kit / "verify.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_kit_knows_whether_it_is_as_it_was_signed(tmp_path):
    kit = unpacked_kit(tmp_path)

    assert run(kit, "--kit").stdout.startswith("The kit is as it was signed.\n")
    (kit / "README.en.txt").write_text("Trust everything.")
    done = run(kit, "--kit")
    assert (done.returncode, done.stdout.split("\n")[0]) == (1, "README.en.txt")
    manifest = (kit / "MANIFEST").read_text()
    (kit / "MANIFEST").write_text(manifest.replace("README.en.txt", "README.xx.txt"))
    assert run(kit, "--kit").stdout.startswith("The signature of MANIFEST does not hold.\n")


def test_the_script_speaks_four_languages_and_ends_with_a_number(tmp_path):
    kit = unpacked_kit(tmp_path)
    (tmp_path / "revoked.json").write_bytes(as_json(REVOKED))
    (tmp_path / "other.txt").write_bytes(b"anything")

    words = {
        language: run(kit, tmp_path / "revoked.json", "--language", language).stdout.split(".")[0]
        for language in archive.LANGUAGES
    }

    assert words == {"sq": "E REVOKUAR", "sr": "ПОНИШТЕНО", "sr-latn": "PONIŠTENO", "en": "REVOKED"}
    assert run(kit, tmp_path / "revoked.json").returncode == 1
    assert run(kit, tmp_path / "other.txt").returncode == 2
    assert "cannot be read" in run(kit, tmp_path / "missing.pdf").stderr


def test_the_script_needs_two_packages_only():
    source = Path(verify.__file__).read_text()
    imported = {line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))}

    assert imported - set(sys.stdlib_module_names) == {"cryptography", "rfc8785"}


def test_every_language_says_everything_and_serbian_is_one_text_in_two_scripts():
    words = json.loads(Path(verify.__file__).with_name("words.json").read_text())

    def shape(value):
        return {name: shape(each) for name, each in value.items()} if isinstance(value, dict) else bool(value)

    assert set(words) == set(archive.LANGUAGES)
    assert all(shape(each) == shape(words["en"]) for each in words.values())
    assert set(words["en"]["verdicts"]) == {
        "valid",
        "expired",
        "suspended",
        "revoked",
        "replaced",
        "not_genuine",
        "cannot_check",
    }
    letters = dict(
        zip(
            "абвгдђежзијклљмнњопрстћуфхцчџш",
            [
                "a",
                "b",
                "v",
                "g",
                "d",
                "đ",
                "e",
                "ž",
                "z",
                "i",
                "j",
                "k",
                "l",
                "lj",
                "m",
                "n",
                "nj",
                "o",
                "p",
                "r",
                "s",
                "t",
                "ć",
                "u",
                "f",
                "h",
                "c",
                "č",
                "dž",
                "š",
            ],
            strict=True,
        )
    )
    letters |= {letter.upper(): latin.capitalize() for letter, latin in letters.items()}
    cyrillic, latin = json.dumps(words["sr"], ensure_ascii=False), json.dumps(words["sr-latn"], ensure_ascii=False)
    assert "".join(letters.get(each, each) for each in cyrillic) == latin


def test_the_page_holds_everything_and_may_connect_to_nobody():
    page = archive.page(trusts.document(replace(trust(), names={"en": "</script><script>alert(1)</script> {rules}"})))

    assert "default-src 'none'; script-src 'sha256-" in page
    assert "unsafe" not in page
    assert "src=" not in page.replace("script-src", "").replace("default-src", "").replace("style-src", "")
    assert "<script>alert" not in page
    assert page.count("<script") == 4


@pytest.mark.parametrize(
    ("seen", "first", "is_late"),
    [
        ((), None, False),
        (((1, MADE),), None, False),  # not yet with this entry
        (((1, MADE), (99, datetime(2026, 1, 2, 9, tzinfo=UTC))), "2026-01-02T09:00:00Z", False),
        (((99, datetime(2026, 3, 1, 9, tzinfo=UTC)),), "2026-03-01T09:00:00Z", True),
        (((99, datetime(2025, 12, 30, 9, tzinfo=UTC)),), "2025-12-30T09:00:00Z", True),
    ],
)
def test_script_and_page_tell_when_a_witness_first_saw_it(seen, first, is_late):
    known = replace(trust(), witnessed=seen)
    words = json.loads(Path(verify.__file__).with_name("words.json").read_text())["en"]

    found = verify.examine(pdf(), trusts.document(known), NOW)

    assert (found["witnessed"], found["isLate"], found["verdict"]) == (first, is_late, "valid")
    said = " ".join(verify.told(found, words))
    assert ("Entered later" in said, "First witnessed on" in said) == (is_late, bool(first) and not is_late)
    if NODE:
        assert by_node([(0, pdf(), NOW)], known) == [found]
