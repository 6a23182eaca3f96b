"""A PDF that archives and screen readers accept, with what it carries, and the same bytes again."""

import hashlib
import io
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

import pdfua
import pikepdf
import pytest

from lms.kernel import pdf

pytestmark = pytest.mark.once

MADE_AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PAGE = '<html lang="sq"><head><title>Vërtetim</title></head><body><h1>Vërtetim</h1><p>{text}</p></body></html>'
STYLE = 'html { font-family: "IBM Plex Serif" }'
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


def rendered(text="Çlirim", **options):
    return pdf.render(PAGE.format(text=text), stylesheets=[STYLE], **options)


def with_files(**options):
    files = [
        pdf.Attached("b.bin", b"proof", "A proof", "Supplement"),
        pdf.Attached("a.json", b'{"name": "\xc3\x87lirim"}', "The same for machines", "Alternative"),
    ]
    return rendered(attachments=files, made_at=MADE_AT, **options)


def opened(content):
    return pikepdf.open(io.BytesIO(content))


def test_one_packet_says_both_archival_and_accessible_and_describes_what_the_archive_does_not_know():
    with opened(rendered(accessible=True)) as file:
        packet = bytes(file.Root.Metadata.read_raw_bytes())
        xmp = file.open_metadata()
        said = {name: xmp[f"{name}"] for name in ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part")}

    tree = ElementTree.fromstring(packet)  # noqa: S314

    assert said == {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
    assert len(tree.findall(f"{RDF}RDF")) == 1
    described = tree.find(".//{http://www.aiim.org/pdfa/ns/schema#}namespaceURI")
    assert described.text == "http://www.aiim.org/pdfua/ns/id/"
    names = tree.findall(".//{http://www.aiim.org/pdfa/ns/property#}name")
    assert [each.text for each in names] == ["part"]


def test_the_metadata_can_be_read_without_unpacking():
    assert b"<pdfuaid:part>1</pdfuaid:part>" in rendered(accessible=True)


def test_a_document_calls_itself_accessible_only_on_the_word_of_who_made_it():
    content = rendered()

    assert b'pdfaid:part="3"' in content
    assert b"pdfuaid" not in content


def test_files_are_attached_once_with_their_relationship_moment_and_order():
    with opened(with_files()) as file:
        associated = [(str(each.UF), str(each.AFRelationship), str(each.Desc)) for each in file.Root.AF]
        names = [str(each) for each in file.Root.Names.EmbeddedFiles.Names][::2]
        contents = {name: bytes(each.get_file().read_bytes()) for name, each in file.attachments.items()}
        moments = {str(each.EF.F.Params.ModDate) for each in file.Root.AF}

    assert associated == [
        ("a.json", "/Alternative", "The same for machines"),
        ("b.bin", "/Supplement", "A proof"),
    ]
    assert names == ["a.json", "b.bin"]
    assert contents == {"a.json": '{"name": "Çlirim"}'.encode(), "b.bin": b"proof"}
    assert moments == {"D:20261122093000Z"}


def test_the_moment_of_an_attachment_is_told_in_universal_time():
    elsewhere = MADE_AT.astimezone(timezone(timedelta(hours=2)))
    files = [("a.txt", b"a", "A file")]

    assert rendered(attachments=files, made_at=elsewhere) == rendered(attachments=files, made_at=MADE_AT)


def test_an_attachment_without_a_moment_is_refused_because_it_would_read_the_clock():
    with pytest.raises(ValueError, match=r"a\.txt is attached without a moment"):
        rendered(attachments=[("a.txt", b"a", "A file")])


def test_an_unknown_relationship_is_refused_by_name():
    with pytest.raises(ValueError, match=r"'Cousin' is no relationship; use one of Alternative"):
        rendered(attachments=[("a.txt", b"a", "A file", "Cousin")], made_at=MADE_AT)


def test_the_same_content_gives_the_same_bytes_and_other_content_another_identifier():
    def identifiers(content):
        with opened(content) as file:
            return [bytes(each) for each in file.trailer.ID]

    other = rendered(attachments=[("a.json", b"other", "The same for machines")], made_at=MADE_AT)

    assert with_files(seal_label="Seal") == with_files(seal_label="Seal")
    assert identifiers(with_files())[0] != identifiers(other)[0]
    assert identifiers(rendered())[0] != identifiers(rendered(text="Ana"))[0]


def test_a_document_of_another_length_is_refused():
    with pytest.raises(pdf.WrongLength, match="has 2 pages instead of 1"):
        rendered(text='a</p><p style="break-before: page">b', pages=1)


def test_the_place_of_the_seal_is_unseen_and_has_its_place_in_the_structure():
    with opened(rendered(seal_label="Vula e këshillit")) as file:
        (field,) = file.Root.AcroForm.Fields
        (annotation,) = file.pages[0].Annots
        numbers = list(file.Root.StructTreeRoot.ParentTree.Nums)
        element = numbers[numbers.index(field.StructParent) + 1]

        assert field.objgen == annotation.objgen == element.K.Obj.objgen
        assert str(field.TU) == "Vula e këshillit"
        assert str(element.S) == "/Form"
        assert element.objgen in [each.objgen for each in file.Root.StructTreeRoot.K[0].K]
        assert [float(each) for each in field.Rect] == [0, 0, 0, 0]
        assert "/V" not in field


@pytest.mark.parametrize("options", [{}, {"seal_label": "Vula"}, {"underlay": b"0 0 m 10 10 l S"}])
def test_nothing_is_found_by_the_accessibility_lint(tmp_path, options):
    path = tmp_path / "document.pdf"
    path.write_bytes(with_files(accessible=True, **options))

    report = pdfua.validate(str(path))

    assert [finding.message for finding in report.findings] == []


def test_streams_are_packed_once():
    with opened(rendered()) as file:
        filters = [str(each.get("/Filter")) for each in file.objects if isinstance(each, pikepdf.Stream)]

    assert set(filters) == {"/FlateDecode", "None"}
    assert filters.count("None") == 1  # the metadata


def test_mark_up_cannot_fetch_a_file():
    content = rendered(text='<a rel="attachment" href="file:///etc/hostname">x</a><img src="file:///etc/hostname">')

    with opened(content) as file:
        assert len(file.attachments) == 0


def test_a_file_may_take_its_content_after_the_page_was_drawn():
    place = pdf.Attached("proof", b"", "A proof", "Supplement")
    drawn = pdf.draw(PAGE.format(text="Çlirim"), stylesheets=[STYLE], attachments=[place], made_at=MADE_AT)

    with opened(drawn.written({"proof": b"in the log"})) as file:
        attached = file.attachments["proof"].get_file()
        assert (attached.read_bytes(), attached.size) == (b"in the log", 10)
        assert attached.md5 == hashlib.md5(b"in the log", usedforsecurity=False).digest()


def test_content_for_a_file_that_is_not_attached_is_refused_by_name():
    drawn = pdf.draw(PAGE.format(text="Çlirim"), stylesheets=[STYLE])

    with pytest.raises(KeyError, match="carries no proof"):
        drawn.written({"proof": b"in the log"})
