"""Pictures of a template: known by their content, drawn anew, and nothing else of the file kept."""

import io

import pytest
from PIL import Image, PngImagePlugin

from certification.formats import pictures
from certification.rules import look


def picture(kind="PNG", size=(40, 20), colour=(10, 84, 104, 255), mode="RGBA", **options) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, colour if mode == "RGBA" else colour[:3]).save(written, kind, **options)
    return written.getvalue()


def test_a_picture_is_drawn_anew_without_what_the_file_said_beside_it():
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", "Arta Krasniqi")

    kept = pictures.redrawn(picture(pnginfo=told))

    assert b"Arta" not in kept
    assert kept == pictures.redrawn(picture())
    with Image.open(io.BytesIO(kept)) as read:
        assert (read.format, read.mode, read.size) == ("PNG", "RGB", (40, 20))


def test_what_is_clear_becomes_paper():
    with Image.open(io.BytesIO(pictures.redrawn(picture(colour=(0, 0, 0, 0))))) as read:
        assert read.getpixel((5, 5)) == (255, 255, 255)


def test_a_photograph_is_made_small_enough_for_the_page():
    with Image.open(io.BytesIO(pictures.redrawn(picture("JPEG", (3000, 1000), mode="RGB")))) as read:
        assert read.size == (900, 300)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "kind"),
        (picture("GIF", mode="RGB"), "kind"),
        (b"", "kind"),
        (picture()[:60], "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * (2 * 1024 * 1024), "size"),
        (picture(size=(5000, 4000), mode="RGB"), "pixels"),
    ],
    ids=["SVG", "GIF", "nothing", "cut off", "too large", "too many pixels"],
)
def test_anything_else_is_refused_and_the_reason_named(content, code):
    with pytest.raises(pictures.NotAPicture) as refused:
        pictures.redrawn(content)

    assert refused.value.code == code


def test_colours_are_measured_against_paper():
    assert look.contrast_with_paper("#000000") == 21
    assert look.contrast_with_paper("#ffffff") == 1
    assert look.contrast_with_paper(look.ACCENT) > 7


def test_looks_that_differ_in_anything_have_different_hashes():
    looks = [
        look.Look(),
        look.Look(accent="#333333"),
        look.Look(logo=b"1"),
        look.Look(seal=b"1"),
        look.Look(texts={"note": {"sq": "x"}}),
        look.Look(signers=((1, b""),)),
        look.Look(signers=((1, b"1"),)),
    ]

    assert len({each.sha256 for each in looks}) == len(looks)
