"""The picture of a badge: what is on it, the same every time, and as much as fits."""

import io
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops

from certification.formats import badge_seal
from certification.formats.badge_seal import Seal
from certification.formats.certificate import MissingGlyphs

pytestmark = pytest.mark.once
SEAL = Seal("Заштита деце", "Këshilli për Punë Sociale", "36 orë · 22.11.2026", "HZ1J-652J-FWD8", "5e" * 32)
LONG = "Supervizimi i praktikës dhe udhëheqja e ekipeve në shërbimet sociale në komunë: moduli i avancuar"


def picture(seal):
    return Image.open(io.BytesIO(badge_seal.png(seal))).convert("RGBA")


def ink(image, box):
    """The bounding box of what is dark within ``box``, in the whole picture's pixels."""
    dark = image.convert("L").crop(box).point(lambda value: 255 if value < 120 else 0).getbbox()
    return dark and (dark[0] + box[0], dark[1] + box[1], dark[2] + box[0], dark[3] + box[1])


def test_the_same_facts_give_the_same_bytes():
    assert badge_seal.png(SEAL) == badge_seal.png(SEAL)
    assert badge_seal.svg(SEAL) == badge_seal.svg(SEAL)


def test_it_is_a_square_of_600_with_a_round_seal_on_nothing():
    image = picture(SEAL)

    assert image.size == (600, 600)
    assert [image.getpixel(corner)[3] for corner in ((0, 0), (599, 0), (0, 599), (599, 599))] == [0, 0, 0, 0]
    assert image.getpixel((300, 495)) == (252, 250, 246, 255)
    assert len(badge_seal.png(SEAL)) < 120_000


def test_its_woven_line_is_its_own_and_its_words_are_not_moved_by_it():
    one, other = picture(SEAL), picture(replace(SEAL, digest="a7" * 32))

    band, words = (0, 0, 600, 50), (120, 260, 480, 420)

    assert ImageChops.difference(one.convert("RGB"), other.convert("RGB")).crop(band).getbbox() is not None
    assert ink(one, words) == ink(other, words)


@pytest.mark.parametrize(
    "title", ["Trauma", SEAL.title, LONG, "Psihosocijalna " * 12, "Сверхдугачканеприкиданареч" * 3]
)
def test_a_title_of_any_length_stays_beside_the_mark_and_within_the_ring(title):
    image = picture(replace(SEAL, title=title.strip()))

    left, top, right, bottom = ink(image, (100, 222, 500, 400))

    assert left >= 110
    assert right <= 490
    assert top > 222
    assert abs((left + right) / 2 - 300) < 8
    assert bottom <= 400


def test_an_issuer_with_a_long_name_goes_no_further_than_half_around():
    image = picture(replace(SEAL, issuer="Këshilli i Përgjithshëm i Shërbimeve Sociale dhe Familjare në Komunë"))

    # Between the end of the name and the dot beside it there is paper.
    assert ink(image, (70, 310, 100, 335)) is None
    assert ink(image, (500, 310, 530, 335)) is None


def test_the_svg_is_well_formed_says_its_words_and_fetches_nothing():
    root = ElementTree.fromstring(badge_seal.svg(replace(SEAL, title="Fëmija & <familja>")))  # noqa: S314 our own

    assert root.find("{http://www.w3.org/2000/svg}title").text == (
        "Fëmija & <familja> · Këshilli për Punë Sociale · 36 orë · 22.11.2026 · HZ1J-652J-FWD8"
    )
    assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "title", "circle", "g", "path"}
    assert not [name for element in root.iter() for name in element.attrib if "href" in name or name.startswith("on")]


def test_a_letter_the_font_does_not_have_is_refused():
    with pytest.raises(MissingGlyphs, match=r"U\+674E"):
        badge_seal.png(replace(SEAL, title="李"))
    with pytest.raises(MissingGlyphs, match=r"U\+674E"):
        badge_seal.svg(replace(SEAL, title="李"))


@pytest.mark.parametrize("part", ["title", "issuer", "detail", "number", "digest"])
def test_a_badge_with_an_empty_part_is_refused(part):
    with pytest.raises(ValueError, match=f"A badge shows its {part}, which is empty"):
        replace(SEAL, **{part: " "})
