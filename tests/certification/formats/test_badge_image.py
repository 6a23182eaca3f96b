"""A badge: the credential comes out of the picture as it went in, and nothing else does."""

import io
import json
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openbadgeslib.ob3.verifier import OB3Verifier
from PIL import Image, PngImagePlugin

from certification.formats import badge_image, badge_seal
from certification.formats.badge_image import NotABadge, bake_png, bake_svg, unbake
from certification.formats.badge_seal import Seal

pytestmark = pytest.mark.once
SEAL = Seal("Заштита деце", "Këshilli për Punë Sociale", "36 orë · 22.11.2026", "HZ1J-652J-FWD8", "5e" * 32)
PNG, SVG = badge_seal.png(SEAL), badge_seal.svg(SEAL)
JWT = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQ6d2ViOngifQ.c2lnbmVk-_"
DOCUMENT = json.dumps({"name": "Përparim Ђорђевић", "text": 'a < b & "c" ]]> d'}, ensure_ascii=False, indent=1)
documents = st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=5)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(kind, data, before=12):
    """The picture with one more part before its end."""
    return PNG[:-before] + chunk(kind, data) + PNG[-before:]


def in_svg(inner, root='svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"'):
    return f"<{root}>{inner}</svg>".encode()


@pytest.mark.parametrize("credential", [JWT, DOCUMENT], ids=["JWT", "document"])
@pytest.mark.parametrize(("bake", "picture"), [(bake_png, PNG), (bake_svg, SVG)], ids=["PNG", "SVG"])
def test_what_was_put_in_comes_out(bake, picture, credential):
    assert unbake(bake(picture, credential)) == credential
    assert bake(picture, credential) == bake(picture, credential)


@settings(deadline=None, max_examples=60)
@given(documents, st.booleans())
def test_any_document_comes_out_as_it_went_in(document, escaped):
    credential = json.dumps(document, ensure_ascii=escaped)
    try:
        credential.encode()
    except UnicodeEncodeError:
        credential = json.dumps(document)
    if any(letter in credential for letter in "\ufffe\uffff"):
        credential = json.dumps(document)

    assert unbake(bake_png(PNG, credential)) == credential
    assert unbake(bake_svg(SVG, credential)) == credential


@pytest.mark.parametrize("credential", [JWT, DOCUMENT], ids=["JWT", "document"])
def test_another_implementation_finds_the_credential(credential):
    assert OB3Verifier.extract_token_from_png(bake_png(PNG, credential)) == credential
    assert OB3Verifier.extract_token_from_svg(bake_svg(SVG, credential)) == credential


def test_the_picture_stays_what_it_was():
    before, after = Image.open(io.BytesIO(PNG)), Image.open(io.BytesIO(bake_png(PNG, JWT)))

    assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
    assert after.text == {"openbadgecredential": JWT}


def test_a_second_baking_takes_the_place_of_the_first():
    assert unbake(bake_png(bake_png(PNG, JWT), DOCUMENT)) == DOCUMENT
    with pytest.raises(NotABadge, match="this picture holds 2"):
        unbake(bake_svg(bake_svg(SVG, JWT), DOCUMENT))


def test_a_picture_another_program_wrote_is_read():
    info = PngImagePlugin.PngInfo()
    info.add_itxt("openbadgecredential", DOCUMENT, lang="sq", tkey="certifikata")
    info.add_text("Comment", "made elsewhere")
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40)).save(buffer, "PNG", pnginfo=info)

    assert unbake(buffer.getvalue()) == DOCUMENT
    assert unbake(in_svg(f' <openbadges:credential verify="{JWT}">\n  </openbadges:credential>')) == JWT
    assert unbake(in_svg(f'<b:credential xmlns:b="{badge_image.NAMESPACE}"> {{"a": "&lt;"}} </b:credential>')) == (
        '{"a": "<"}'
    )


@pytest.mark.parametrize("credential", ["", "no", "a.b", "[]", "1", '{"a": "\x00"}', '{"a":\r\n1}', '{"a": "\ufffe"}'])
def test_what_is_no_credential_is_not_put_in(credential):
    for bake, picture in ((bake_png, PNG), (bake_svg, SVG)):
        with pytest.raises(NotABadge):
            bake(picture, credential)


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (b"", "neither a PNG nor an SVG"),
        (b"\xff\xd8\xff\xe0 a JPEG", "neither a PNG nor an SVG"),
        (PNG, "this picture holds 0"),
        (SVG, "this picture holds 0"),
        (PNG[:8], "cut off"),
        (bake_png(PNG, JWT)[:-1], "cut off"),
        (bake_png(PNG, JWT)[:-12], "cut off"),
        (bake_png(PNG, JWT) + b"PK\x03\x04", "Something follows the end"),
        (PNG[:8] + chunk(b"IEND", b""), "one IHDR, at its beginning"),
        (with_chunk(b"IHDR", bytes(13)), "one IHDR, at its beginning"),
        (bake_png(PNG, JWT).replace(b"eyJhbGci", b"eyJhbGcj"), "check sum of a part called b'iTXt'"),
        (PNG[:8] + b"\xff\xff\xff\xffIHDR" + PNG[16:], "cut off"),
        (with_chunk(b"iTXt", b"openbadgecredential\x00\x00\x00"), "that should hold the credential is cut off"),
        (with_chunk(b"iTXt", b"openbadgecredential\x00\x00\x00\x00\x00\xff\xfe"), "not UTF-8"),
        (with_chunk(b"iTXt", b"openbadgecredential\x00\x00\x00\x00\x00hello"), "this is neither"),
        (with_chunk(b"tEXt", b"openbadgecredential\x00" + JWT.encode()), "this picture holds 0"),
        (in_svg("<openbadges:credential>hello</openbadges:credential>"), "this is neither"),
        (in_svg("<openbadges:credential/>"), "this is neither"),
        (in_svg('<openbadges:credential verify="hello"/>'), "not both"),
        (in_svg(f'<openbadges:credential verify="{JWT}">{{}}</openbadges:credential>'), "not both"),
        (in_svg("<openbadges:credential>{}<g/></openbadges:credential>"), "elements inside the credential"),
        (in_svg("<openbadges:credential>{}</openbadges:credential>" * 2), "this picture holds 2"),
        (in_svg('<x:credential xmlns:x="https://elsewhere.example">{}</x:credential>'), "this picture holds 0"),
        (b"<html><svg/></html>", "neither a PNG nor an SVG"),
        (in_svg("<g>" * 70 + "</g>" * 70), "deeper than 64"),
        (in_svg("<openbadges:credential>{}")[:-6], "neither a PNG nor an SVG"),
    ],
)
def test_what_is_no_badge_is_refused_with_the_reason(picture, said):
    with pytest.raises(NotABadge, match=said):
        unbake(picture)


def test_what_is_too_large_is_refused_unread():
    with pytest.raises(NotABadge, match="at most 10000000 are examined"):
        unbake(PNG + bytes(10_000_000))
    with pytest.raises(NotABadge, match="at most 256000 bytes"):
        unbake(with_chunk(b"iTXt", b"openbadgecredential\x00\x00\x00\x00\x00" + b"{" * 256_001))
    with pytest.raises(NotABadge, match="more than 20000 parts"):
        unbake(PNG[:33] + chunk(b"tEXt", b"") * 20_000 + PNG[33:])


def test_nothing_compressed_is_unpacked():
    bomb = zlib.compress(bytes(50_000_000), 9)
    picture = with_chunk(b"iTXt", b"openbadgecredential\x00\x01\x00\x00\x00" + bomb)
    pixels = PNG[:33] + chunk(b"IDAT", bomb) + chunk(b"zTXt", b"x\x00\x00" + bomb) + chunk(b"IEND", b"")

    tracemalloc.start()
    with pytest.raises(NotABadge, match="compressed, which Open Badges does not allow"):
        unbake(picture)
    assert unbake(bake_png(pixels, JWT)) == JWT
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 2_000_000


def test_an_svg_that_declares_entities_is_refused_before_they_grow():
    laughs = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    bomb = f'<!DOCTYPE svg [<!ENTITY l0 "ha">{laughs}]>'.encode() + in_svg("&l9;")
    outside = b'<!DOCTYPE svg SYSTEM "https://elsewhere.example/x.dtd">' + in_svg("")

    for picture in (bomb, outside):
        with pytest.raises(NotABadge, match="declares a document type"):
            unbake(picture)


def test_a_deeply_nested_document_is_refused_and_not_followed():
    with pytest.raises(NotABadge, match="this is neither"):
        unbake(with_chunk(b"iTXt", b"openbadgecredential\x00\x00\x00\x00\x00" + b'{"a":' * 50_000))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400), st.sampled_from(["PNG", "SVG", "alone"]))
def test_no_bytes_bring_it_down(noise, place, kind):
    whole = {"PNG": bake_png(PNG, JWT), "SVG": bake_svg(SVG, JWT), "alone": b""}[kind]
    try:
        unbake(whole[:place] + noise + whole[place + len(noise) :])
    except NotABadge:
        return
    assert whole
