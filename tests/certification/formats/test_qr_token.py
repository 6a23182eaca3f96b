"""The token in the QR code: signed, compact, read strictly, and readable from a bad scan of a paper."""

import base64
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import segno
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from certification.formats import certificate, qr_token
from certification.formats.qr_token import BadSignature, Claims, NotAToken, Token, TokenRefused, UnknownKey
from certification.formats.signer import Signer
from certification.rules import numbering

pytestmark = pytest.mark.once
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = Signer("did:web:council.example#key-2026-1", KEY.public_key().public_bytes_raw(), KEY.sign)
KEYS = {"key-2026-1": SIGNER.public}
SITE = "https://certifikata.example.org"
LATIN = "Përparim-Çlirim Gjergjaj-Hoxhaj Kelmendi"
CYRILLIC = "Драгољуб-Светислав Петровић-Стефановић Ђ"
CLAIMS = Claims(
    number="HZ1J652JFWD8",
    name=LATIN,
    course="SW-REF",
    hours=Decimal("36.00"),
    valid_from=date(2026, 11, 22),
    valid_until=date(2029, 11, 21),
    status_list=1,
    index=70_000,
)
letters = st.text(st.sampled_from("aëçšđžЂђљЉњ -'’АБВ"), min_size=1, max_size=60).filter(str.strip)


def signed(body: bytes) -> str:
    """A token of ``body`` with a good signature, whatever ``body`` is."""
    return base64.urlsafe_b64encode(body + KEY.sign(qr_token.CONTEXT + body)).rstrip(b"=").decode()


def body(**changes) -> bytes:
    """The parts of a good body, some of them changed."""
    parts = {
        "version": b"\x01",
        "key": b"\x0akey-2026-1",
        "number": b"HZ1J652JFWD8",
        "name": b"\x03Ana",
        "course": b"\x06SW-REF",
        "hours": (3600).to_bytes(4),
        "first": (20779).to_bytes(2),
        "last": (21874).to_bytes(2),
        "place": (201_072).to_bytes(4),
        "rest": b"",
    }
    return b"".join((parts | changes).values())


def test_a_token_states_what_was_issued_and_who_signed_it():
    assert qr_token.verify(qr_token.issue(CLAIMS, SIGNER), KEYS) == Token(CLAIMS, "key-2026-1")


def test_the_bytes_are_those_the_format_describes():
    claims = replace(CLAIMS, name="Ana")

    assert qr_token.issue(claims, SIGNER) == signed(body())
    assert qr_token.verify(signed(body()), KEYS).claims == claims
    assert qr_token.verify(signed(body(last=bytes(2))), KEYS).claims.valid_until is None


@settings(deadline=None)
@given(
    letters,
    letters,
    st.decimals(0, 10_000, places=2),
    st.dates(date(1970, 1, 2), date(2149, 6, 6)),
    st.none() | st.integers(0, 5000),
    st.integers(0, 32_767),
    st.integers(0, 131_071),
    st.text(numbering.ALPHABET, min_size=10, max_size=10),
)
def test_whatever_is_issued_is_read_back(name, course, hours, first, lasts, status_list, index, random_part):
    until = None if lasts is None else date.fromordinal(min(first.toordinal() + lasts, date(2149, 6, 6).toordinal()))
    number = numbering.with_check_symbols(random_part)
    claims = Claims(number, name, course, hours, first, until, status_list, index)

    token = qr_token.issue(claims, SIGNER)

    assert qr_token.verify(token, KEYS).claims == claims
    assert token == qr_token.issue(claims, SIGNER)


def test_any_changed_bit_is_noticed():
    content = base64.urlsafe_b64decode(qr_token.issue(CLAIMS, SIGNER) + "==")

    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        with pytest.raises(TokenRefused):
            qr_token.verify(base64.urlsafe_b64encode(changed).rstrip(b"=").decode(), KEYS)


def test_a_token_that_is_cut_off_is_refused():
    token = qr_token.issue(CLAIMS, SIGNER)

    for length in range(len(token)):
        with pytest.raises(TokenRefused):
            qr_token.verify(token[:length], KEYS)


def test_a_key_that_is_not_known_is_told_apart_from_a_bad_signature():
    token = qr_token.issue(CLAIMS, SIGNER)
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw()

    with pytest.raises(UnknownKey, match="'key-2026-1', which is not known here"):
        qr_token.verify(token, {"key-2025-1": SIGNER.public})
    with pytest.raises(BadSignature, match="the token was altered, or 'key-2026-1' did not sign it"):
        qr_token.verify(token, {"key-2026-1": stranger})


def test_what_the_key_signed_for_another_purpose_is_no_token():
    content = body() + KEY.sign(body())

    with pytest.raises(BadSignature):
        qr_token.verify(base64.urlsafe_b64encode(content).rstrip(b"=").decode(), KEYS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": b"\x02"}, "of version 2; only version 1"),
        ({"key": b"\x00"}, "key id in the token is empty"),
        ({"key": b"\x05a b/c"}, "'a b/c' is no key id"),
        ({"key": b"\x41" + b"k" * 65}, "is no key id"),
        ({"number": b"HZ1J652JFWDX"}, "not a certificate's number"),
        ({"number": b"hz1j652jfwd8"}, "not a certificate's number"),
        ({"name": b"\x02\xff\xfe"}, "name in the token is not UTF-8"),
        ({"name": b"\x01 "}, "name in the token is empty"),
        ({"name": b"\x05An\xe2\x80\xae"}, "characters that cannot be seen"),
        ({"name": b"\x03A\nB"}, "characters that cannot be seen"),
        ({"name": b"\x03e\xcc\x88"}, "not in its composed form"),
        ({"course": b"\xffSW-REF"}, "cut off"),
        ({"last": (20778).to_bytes(2)}, "last valid day lies before its first"),
        ({"place": b"\x00\x00"}, "cut off"),
        ({"rest": b"\x00"}, "1 bytes too many"),
    ],
)
def test_a_body_is_read_strictly_even_when_its_signature_is_good(changes, said):
    with pytest.raises(NotAToken, match=said):
        qr_token.verify(signed(body(**changes)), KEYS)


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "letters, digits, - and _ only"),
        ("AQ==", "letters, digits, - and _ only"),
        ("AQ+/", "letters, digits, - and _ only"),
        ("АВС", "letters, digits, - and _ only"),
        ("A", "cut off"),
        ("AQ", "cut off"),
        ("AR", "not written as it was issued"),
        ("A" * 889, "at most 888 symbols"),
    ],
)
def test_what_is_no_base64url_is_no_token(token, said):
    with pytest.raises(NotAToken, match=said):
        qr_token.verify(token, KEYS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hours": Decimal("7.125")}, "two decimal places at most"),
        ({"hours": Decimal(-1)}, "hours cannot be stated"),
        ({"name": ""}, "name of 0 bytes"),
        ({"name": "Љ" * 128}, "name of 256 bytes"),
        ({"name": "Ana\u202eanA"}, "characters that cannot be seen"),
        ({"number": "HZ1J652JFWDX"}, "not a certificate's number"),
        ({"valid_from": date(1969, 12, 31)}, "first valid day cannot be stated"),
        ({"valid_until": date(2149, 6, 7)}, "last valid day cannot be stated: 65536 is not"),
        ({"index": 131_072}, "Entry 131072 of status list 1 cannot be stated"),
        ({"status_list": 32_768}, "status list cannot be stated"),
    ],
)
def test_what_a_token_cannot_hold_is_not_issued(changes, said):
    with pytest.raises(ValueError, match=said):
        qr_token.issue(replace(CLAIMS, **changes), SIGNER)


def test_the_longest_token_that_can_be_issued_is_the_longest_that_is_read():
    signer = replace(SIGNER, verification_method="did:web:council.example#" + "k" * 64)

    token = qr_token.issue(replace(CLAIMS, name="n" * 255, course="c" * 255), signer)

    assert len(token) == qr_token.LONGEST
    assert qr_token.verify(token, {"k" * 64: SIGNER.public}).claims.name == "n" * 255


# --- The address and the picture --------------------------------------------------------------------


def test_the_address_names_the_number_and_carries_the_token_behind_the_hash():
    token = qr_token.issue(CLAIMS, SIGNER)

    address = qr_token.address(SITE, token)

    assert address == f"https://certifikata.example.org/v/HZ1J652JFWD8#{token}"
    assert qr_token.read_address(address, KEYS) == ("certifikata.example.org", Token(CLAIMS, "key-2026-1"))


def test_an_address_whose_number_is_not_the_tokens_is_refused():
    other = numbering.with_check_symbols("0000000001")
    address = qr_token.address(SITE, qr_token.issue(CLAIMS, SIGNER)).replace("HZ1J652JFWD8", other)

    with pytest.raises(BadSignature, match=f"names {other}, the signed token HZ1J652JFWD8"):
        qr_token.read_address(address, KEYS)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://certifikata.example.org/v/HZ1J652JFWD8#AQ",
        "https://certifikata.example.org/v/HZ1J652JFWD8",
        "https://me@certifikata.example.org/v/HZ1J652JFWD8#AQ",
        "https://certifikata.example.org/v/HZ1J652JFWD8?c=1#AQ",
        "https://certifikata.example.org/v/HZ1J652JFWD8#AQ\n",
        "javascript:https://certifikata.example.org/v/HZ1J652JFWD8#AQ",
        "https://certifikata.example.org/v/HZ1J652JFWD8#" + "A" * 5000,
    ],
)
def test_what_is_no_address_of_a_certificate_is_refused(address):
    with pytest.raises(NotAToken, match=r"not the address of a certificate"):
        qr_token.read_address(address, KEYS)


def test_a_code_too_fine_for_paper_is_refused():
    token = qr_token.issue(replace(CLAIMS, name="Љ" * 80, course="Заштита деце и породице"), SIGNER)

    with pytest.raises(ValueError, match="too long for a QR code of 35 mm"):
        qr_token.address(SITE, token)


def scanned(address: str, turned_by: float) -> Image.Image:
    """The printed code, 35 mm with its quiet zone, scanned askew and out of focus at 150 dots an inch, as a JPEG."""
    printed, scan = 1200, 150  # dots an inch
    data = certificate.qr_png(address).partition(",")[2]
    side = round(35 / 25.4 * printed)
    code = Image.open(io.BytesIO(base64.b64decode(data))).convert("L").resize((side, side), Image.Resampling.NEAREST)
    page = Image.new("L", (side * 2, side * 2), 250)
    page.paste(code, (side // 2, side // 2))
    page = page.rotate(turned_by, resample=Image.Resampling.BICUBIC, fillcolor=250)
    page = page.resize((page.width * scan // printed,) * 2, Image.Resampling.BOX)
    buffer = io.BytesIO()
    page.filter(ImageFilter.GaussianBlur(0.8)).save(buffer, "JPEG", quality=60)
    return Image.open(buffer)


@pytest.mark.parametrize("turned_by", [7, 33, 181])
@pytest.mark.parametrize(
    ("name", "course", "version", "symbols"),
    [
        (LATIN, "SW-REF", "11-M", 247),
        (CYRILLIC, "SW-REF", "13-M", 293),
        (CYRILLIC * 2, "SW-REF", "15-M", 394),
        (CYRILLIC, "Заштита деце и породице у заједници", "15-M", 371),
    ],
    ids=["Latin", "Cyrillic", "80 letters", "with a title"],
)
def test_the_printed_code_is_read_from_a_bad_scan(name, course, version, symbols, turned_by):
    claims = replace(CLAIMS, name=name, course=course)
    address = qr_token.address(SITE, qr_token.issue(claims, SIGNER))
    assert len(name) in (40, 80)

    found = zxingcpp.read_barcodes(scanned(address, turned_by))

    assert segno.make(address, error="m", mask=2, micro=False, boost_error=False).designator == version
    assert len(address) == symbols
    assert [code.text for code in found] == [address]
    assert qr_token.read_address(found[0].text, KEYS)[1].claims == claims
