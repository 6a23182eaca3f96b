"""The certificate's page: one page, its own fonts, the same bytes again, a square code that a phone reads."""

import io
from decimal import Decimal

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from certification.formats import certificate, facts, fitting, guilloche
from certification.formats.labels import LABELS, SECOND, hours_of, long_date
from certification.rules.look import ACCENT, LAYOUT, tints
from lms.kernel import fonts

CODE = "7K2M9QXD0R"
SITE = "https://deshmi.example.org"
INKS = tints(ACCENT)


def in_all(text):
    return {"sq": f"{text} ë ç", "sr-latn": f"{text} š đ", "sr": "Програм обнове знања", "en": text}


def some_facts(**changes):
    known = {
        "schema": facts.SCHEMA,
        "template": LAYOUT,
        "language": "sq",
        "number": "HZ1J652JFWKP",
        "serial": "2026-REF-000257",
        "holder": {"printed": "Çlirim Gjergjaj"},
        "licence": {"number": "DEMO-0001"},
        "issuer": {"names": in_all("General Council")},
        "programme": {"titles": in_all("Refresher programme"), "hours": "36.00"},
        "days": [
            {"titles": in_all(f"Day {n}"), "on": f"2026-03-{n:02d}", "place": in_all("Gjakova"), "hours": "6.00"}
            for n in range(1, 7)
        ],
        "modules": [],
        "accreditation": {"status": "submitted", "body": "AKK/NQA"},
        "issued_on": "2026-11-22",
        "first_issued_on": "2026-11-22",
        "valid_until": "2029-11-21",
        "signatories": [{"name": "Lule Osmani", "posts": in_all("Chair")}],
        "demo": True,
    }
    return known | changes


def drawn(carrying=None, qr="", **changes):
    sealed = facts.seal(some_facts(**changes))
    return certificate.render(sealed.facts, digest=sealed.sha256, code=CODE, site_url=SITE, attachments=carrying, qr=qr)


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return len(document), " ".join(document[0].get_textpage().get_text_bounded().split())


def picture_of(pdf, dpi=150):
    return pypdfium2.PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil()


@pytest.mark.parametrize(
    ("language", "name"),
    [("sq", "Çlirim Gjergjaj"), ("sr-latn", "Živka Đukić Mitić"), ("sr", "Љубиша Џамбић"), ("en", "Gülşen Kırveş")],
)
def test_the_page_says_the_name_and_its_square_code_opens_the_verification(language, name):
    pdf = drawn(language=language, holder={"printed": name})

    pages, text = text_of(pdf)
    codes = zxingcpp.read_barcodes(picture_of(pdf))

    assert pages == 1
    assert name in text
    assert "HZ1J-652J-FWKP" in text
    assert [code.text for code in codes] == [f"{SITE}/v/HZ1J652JFWKP?c={CODE}"]
    assert len(codes[0].text) <= 60


def test_the_square_code_is_read_in_grey_and_askew():
    picture = picture_of(drawn()).convert("L").rotate(4, expand=True, fillcolor=255)

    assert len(zxingcpp.read_barcodes(picture)) == 1


@pytest.mark.parametrize("length", [218, 262])
def test_an_address_with_a_token_is_read_at_150_dots_an_inch_from_a_picture_that_is_askew_and_badly_packed(length):
    letters = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_" * 7
    address = f"{SITE}/v/HZ1J652JFWKP#{letters}"[:length]

    packed = io.BytesIO()
    askew = picture_of(drawn(qr=address)).convert("L").rotate(4, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    askew.save(packed, "JPEG", quality=50)

    assert [code.text for code in zxingcpp.read_barcodes(Image.open(packed))] == [address]


def test_the_credential_and_its_proof_travel_with_the_page():
    carrying = {"credential.tlog-proof": b"proof", "credential.json": b"{}"}

    content = drawn(carrying=carrying)

    with pikepdf.open(io.BytesIO(content)) as file:
        bonds = {str(each.UF): str(each.AFRelationship) for each in file.Root.AF}
        kinds = {str(each.UF): str(each.EF.F.Subtype) for each in file.Root.AF}
        contents = {name: bytes(each.get_file().read_bytes()) for name, each in file.attachments.items()}
    assert bonds == {"credential.json": "/Alternative", "credential.tlog-proof": "/Supplement"}
    assert kinds == {"credential.json": "/application/json", "credential.tlog-proof": "/application/octet-stream"}
    assert contents == carrying
    assert content == drawn(carrying=carrying)


def test_a_certificate_carries_nothing_else():
    with pytest.raises(ValueError, match=r"carries no photo\.jpg; only credential\.json and credential\.tlog-proof"):
        drawn(carrying={"photo.jpg": b""})


def test_every_font_is_embedded_and_the_file_says_it_is_archival_and_tagged():
    with pikepdf.open(io.BytesIO(drawn())) as file:
        loaded = [font["/DescendantFonts"][0]["/FontDescriptor"] for font in file.pages[0].Resources["/Font"].values()]
        metadata = bytes(file.Root.Metadata.read_bytes())

        assert len(loaded) == 4
        assert all("/FontFile2" in font or "/FontFile3" in font for font in loaded)
        assert b"<pdfaid:part>3" in metadata or b'pdfaid:part="3"' in metadata
        assert file.Root.MarkInfo.Marked
        assert str(file.Root.Lang) == "sq"


def test_the_same_facts_give_the_same_bytes():
    assert drawn() == drawn()


def test_other_facts_give_another_border():
    one, other = facts.seal(some_facts()).sha256, facts.seal(some_facts(serial="2026-REF-000258")).sha256

    assert guilloche.drawing(one, inks=INKS) == guilloche.drawing(one, inks=INKS)
    assert guilloche.drawing(one, inks=INKS) != guilloche.drawing(other, inks=INKS)


def test_a_letter_without_a_glyph_is_refused_by_name():
    with pytest.raises(certificate.MissingGlyphs, match=r"U\+674E"):
        drawn(holder={"printed": "Ana 李"})


def test_mark_up_in_a_name_is_printed_and_does_nothing():
    name = '<a rel="attachment" href="file:///etc/passwd">x</a>'

    pdf = drawn(holder={"printed": name})

    with pikepdf.open(io.BytesIO(pdf)) as file:
        assert len(file.attachments) == 0
    assert 'rel="attachment"' in text_of(pdf)[1]


@pytest.mark.parametrize("count", [1, 3, 4, 6, 9, 14])
def test_any_number_of_days_stays_on_one_page(count):
    days = [{"titles": in_all("Social work with persons"), "on": "2026-03-01", "place": in_all("Gjakova")}] * count

    assert text_of(drawn(days=days))[0] == 1


def test_a_name_of_eighty_letters_stays_above_fourteen_points():
    name = "Wilhelmina-Alexandrina von Hohenstaufen-Bytyçi e Gjergjaj-Krasniqi Šćepanović Đu"

    fitted = certificate.fit_name(name)

    assert len(name) == 80
    assert fitted.size >= 14
    assert len(fitted.lines) == 2
    assert all(fitting.width(line, fitted.size, weight=600) <= 226 for line in fitted.lines)
    assert text_of(drawn(holder={"printed": name}))[0] == 1


def test_submitted_is_never_called_accredited():
    _pages, text = text_of(drawn(language="en"))
    _pages, none = text_of(drawn(language="en", accreditation={"status": "none"}))

    assert "Submitted for accreditation to AKK/NQA; not yet accredited" in text
    assert "ccredit" not in none


def test_a_reissue_states_both_dates():
    _pages, text = text_of(drawn(language="en", first_issued_on="2025-02-01"))

    assert "Issued on 1 February 2025; reissued on 22 November 2026, valid until 21 November 2029" in text


def test_dates_are_written_out_in_each_language():
    day = facts.date(2026, 11, 22)

    assert [long_date(day, language) for language in SECOND] == [
        "22 nëntor 2026",
        "22. novembra 2026",
        "22. новембра 2026",
        "22 November 2026",
    ]


def test_every_label_exists_in_every_language_and_can_be_printed():
    for key, words in LABELS.items():
        assert set(words) == set(SECOND), key
        assert fonts.missing_characters("".join(words.values()), fonts.SERIF) == set(), key


@pytest.mark.parametrize(
    ("hours", "language", "text"),
    [
        ("36.00", "sq", "36 orë"),
        ("1.00", "sr", "1 сат"),
        ("4.00", "sr", "4 сата"),
        ("12.00", "sr-latn", "12 sati"),
        ("22.00", "sr-latn", "22 sata"),
        ("7.50", "sr", "7,5 сати"),
        ("7.50", "en", "7.5 hours"),
        ("100.00", "en", "100 hours"),
    ],
)
def test_hours_are_counted_as_one_counts_in_each_language(hours, language, text):
    assert hours_of(Decimal(hours), language) == text


def test_a_module_says_that_it_was_online_and_the_serial_is_never_broken():
    module = {"titles": in_all("Ethics"), "on": "2026-03-09", "hours": "4.00"}

    _pages, text = text_of(drawn(modules=[module], language="sr", serial="2025-PK-MQS-000257"))

    assert "09.03.2026 · онлајн · 4 сата · Програм обнове знања" in text
    assert "(2025-PK-MQS-000257)" in text


def test_a_file_name_is_plain():
    assert certificate.ascii_file_name(some_facts(holder={"printed": "Љубиша Џамбић"})) == (
        "2026-REF-000257-ljubisa-dzambic.pdf"
    )
