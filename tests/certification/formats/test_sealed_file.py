"""Whatever is done to an issued file, it is no longer the issued file; and no file, however made, stops the reader."""

import hashlib
import io
import random
import zlib
from contextlib import suppress
from datetime import timedelta
from functools import cache

import pikepdf
import pytest
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PdfFileWriter

from certification.formats import sealed_file, sealing
from tests.certification.formats.test_sealing import (
    AT,
    CARRIED,
    START,
    demonstration,
    plain_pyhanko,
    said_by,
    sealed,
    unsealed,
)

pytestmark = pytest.mark.once


@cache
def issued():
    return sealed()


def judged(content, **changes):
    return sealed_file.verify_seal(content, **{"roots": demonstration().key().chain, "at": AT} | changes)


def updated(change):
    """The issued file with a revision appended, as an editor saves it: every byte of the original stays."""
    writer = IncrementalPdfFileWriter(io.BytesIO(issued()))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    content = output.getvalue()
    assert content.startswith(issued())
    return content


def one_byte_changed():
    place = issued().index(b"stream\n") + 200
    return issued()[:place] + bytes([issued()[place] ^ 1]) + issued()[place + 1 :]


def words_in_the_room_of_the_seal():
    return issued().replace(b"000000>", b"C0FFEE>")


def page_replaced():
    def change(writer):
        page = writer.root["/Pages"]["/Kids"][0]
        content = generic.StreamObject(stream_data=b"BT 72 72 Td (Somebody else) Tj ET")
        page["/Contents"] = writer.add_object(content)
        writer.update_container(page)

    return updated(change)


def words_laid_over():
    def change(writer):
        page = writer.root["/Pages"]["/Kids"][0]
        over = writer.add_object(generic.StreamObject(stream_data=b"1 1 1 rg 100 300 600 60 re f"))
        page["/Contents"] = generic.ArrayObject([*page["/Contents"], over])
        writer.update_container(page)

    return updated(change)


def information_changed():
    def change(writer):
        information = writer.trailer["/Info"]
        information["/Title"] = generic.TextStringObject("Doctorate")
        writer.update_container(information)

    return updated(change)


def another_attachment():
    def change(writer):
        file = embed.EmbeddedFileObject.from_file_data(writer, data=b"{}", mime_type="application/json")
        embed.embed_file(writer, embed.FileSpec(file_spec_string="more.json", embedded_data=file))

    return updated(change)


def saved_again():
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(issued())) as file:
        file.save(output)
    return output.getvalue()


def seal_removed_and_name_changed():
    return unsealed("Ana Gashi")


def sealed_by_a_stranger_of_the_same_name():
    stranger = sealing.demonstration_seal("Dëshmi", not_before=START)
    return sealed(unsealed("Ana Gashi"), stranger.key())


# What was done → what the seal says about it.
TAMPERED = {
    one_byte_changed: "The sealed bytes were changed.",
    words_in_the_room_of_the_seal: "Something was written into the room of the seal.",
    page_replaced: "Something was added to the file after it was sealed.",
    words_laid_over: "Something was added to the file after it was sealed.",
    information_changed: "Something was added to the file after it was sealed.",
    another_attachment: "Something was added to the file after it was sealed.",
    lambda: issued() + b"\n% some more": "Something was added to the file after it was sealed.",
    lambda: issued() + b"\n": "Something was added to the file after it was sealed.",
    saved_again: "The sealed bytes were changed.",
    seal_removed_and_name_changed: "The file carries no seal.",
    sealed_by_a_stranger_of_the_same_name: "The seal is not ours: its certificate leads to no root of ours.",
    lambda: issued()[: len(issued()) // 2]: "The seal cannot be read",
    lambda: b"": "The seal cannot be read",
}


def test_the_issued_file_is_the_issued_file():
    verdict = judged(issued())

    assert verdict.sound
    assert (verdict.signatures, verdict.entire_file, verdict.modification) == (1, True, "NONE")
    assert verdict.signed_at == AT
    assert "DEMONSTRATION" in verdict.signer
    assert verdict.certificate_sha256 == hashlib.sha256(demonstration().key().certificate).hexdigest()
    assert sealed_file.is_issued(issued(), hashlib.sha256(issued()).hexdigest().upper())


@pytest.mark.parametrize(("tamper", "problem"), TAMPERED.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_a_changed_file_is_not_the_issued_file(tamper, problem):
    content = tamper()

    verdict = judged(content)

    assert not verdict.sound
    assert problem in verdict.problem
    assert not sealed_file.is_issued(content, hashlib.sha256(issued()).hexdigest())


def test_a_changed_file_still_gives_what_it_carries_so_that_the_words_can_be_judged_apart():
    assert sealed_file.attachments(issued()) == CARRIED
    assert sealed_file.attachments(page_replaced()) == CARRIED
    assert sealed_file.attachments(saved_again()) == CARRIED
    assert sealed_file.attachments(another_attachment()) == CARRIED  # the other name is not given


def test_two_signatures_are_one_too_many_although_both_hold():
    once = plain_pyhanko(unsealed(), demonstration())
    twice = plain_pyhanko(once, demonstration(), field="Second")

    verdict = judged(twice)

    assert judged(once).sound
    assert (verdict.signatures, verdict.intact, verdict.trusted, verdict.sound) == (2, True, True, False)
    assert "The file carries 2 signatures; an issued file carries one." in verdict.problem


def test_another_reader_calls_the_signature_valid_where_only_a_part_is_signed(tmp_path):
    path = tmp_path / "certificate.pdf"
    path.write_bytes(words_laid_over())

    said = said_by("pdfsig", "-nocert", path)

    # Why the verdict asks for the entire file: the first of these two lines is what people see.
    assert "Signature Validation: Signature is Valid." in said
    assert "Not total document signed" in said


def test_a_certificate_that_ran_out_since_does_not_spoil_what_it_sealed():
    long_after = START + timedelta(days=3651)

    assert judged(issued(), at=AT).sound
    assert judged(issued(), at=long_after).problem == "The seal is not ours: its certificate leads to no root of ours."


def test_without_a_root_nothing_is_judged_instead_of_trusting_the_machine():
    with pytest.raises(ValueError, match="No root is given"):
        judged(issued(), roots=[])


def carrying(name, content, **entries):
    """A PDF made by hand that carries ``content`` (as packed) under ``name``."""
    file = pikepdf.new()
    file.add_blank_page()
    stream = file.make_stream(b"x")
    stream.write(content, filter=entries.get("filter"), decode_parms=entries.get("parms"))
    spec = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F=name, UF=name, EF=pikepdf.Dictionary(F=stream))
    tree = pikepdf.Dictionary(Names=pikepdf.Array([name, file.make_indirect(spec)]))
    file.Root.Names = pikepdf.Dictionary(EmbeddedFiles=file.make_indirect(tree))
    output = io.BytesIO()
    file.save(output, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return output.getvalue()


FLATE = pikepdf.Name.FlateDecode


def test_an_attachment_may_be_plain_or_packed_up_to_the_limit():
    full = b"x" * sealed_file.MAX_ATTACHMENT

    assert sealed_file.attachments(carrying("credential.json", b"{}")) == {"credential.json": b"{}"}
    assert sealed_file.attachments(carrying("credential.json", zlib.compress(full), filter=FLATE)) == {
        "credential.json": full
    }
    assert sealed_file.attachments(carrying("other.json", b"{}")) == {}


@pytest.mark.parametrize(
    "content",
    [
        carrying("credential.json", b"x" * (sealed_file.MAX_ATTACHMENT + 1)),
        carrying("credential.json", zlib.compress(b"x" * (sealed_file.MAX_ATTACHMENT + 1)), filter=FLATE),
        carrying("credential.json", zlib.compress(bytes(200_000_000), 9), filter=FLATE),
        carrying("credential.json", zlib.compress(b"{}")[:-3], filter=FLATE),
        carrying("credential.json", zlib.compress(zlib.compress(b"{}")), filter=pikepdf.Array([FLATE, FLATE])),
        carrying("credential.json", b"7b7d>", filter=pikepdf.Name.ASCIIHexDecode),
    ],
    ids=["large", "large when unpacked", "bomb", "cut off", "packed twice", "packed otherwise"],
)
def test_an_attachment_too_large_or_packed_as_we_never_do_is_refused(content):
    with pytest.raises(sealed_file.UnreadableFile, match=r"credential\.json in the PDF is larger than 262144 bytes"):
        sealed_file.attachments(content)


def test_a_file_with_too_many_attachments_is_refused():
    file = pikepdf.new()
    file.add_blank_page()
    for number in range(21):
        file.attachments[f"{number}.txt"] = pikepdf.AttachedFileSpec(file, b"x")
    output = io.BytesIO()
    file.save(output)

    with pytest.raises(sealed_file.UnreadableFile, match="carries 21 files"):
        sealed_file.attachments(output.getvalue())


def test_what_is_no_pdf_too_large_or_locked_is_refused_in_a_sentence():
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(unsealed())) as file:
        file.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    large = b"%PDF-1.7" + bytes(sealed_file.MAX_FILE)

    with pytest.raises(sealed_file.UnreadableFile, match="cannot be read as a PDF"):
        sealed_file.attachments(b"PK\x03\x04")
    with pytest.raises(sealed_file.UnreadableFile, match="more than 10485760 are not read"):
        sealed_file.attachments(large)
    with pytest.raises(sealed_file.UnreadableFile, match="locked with a password"):
        sealed_file.attachments(locked.getvalue())
    assert judged(large).problem == "The file has 10485768 bytes; more than 10485760 are not read."
    assert judged(locked.getvalue()).problem.startswith("The ")


def pages_without_end():
    writer = PdfFileWriter()
    writer.root["/AcroForm"] = generic.DictionaryObject()
    field = generic.DictionaryObject()
    reference = writer.add_object(field)
    field["/Kids"] = generic.ArrayObject([reference])
    writer.root["/AcroForm"]["/Fields"] = generic.ArrayObject([reference])
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def test_a_form_that_contains_itself_ends():
    assert not judged(pages_without_end()).sound


@pytest.mark.parametrize("seed", range(8))
def test_a_file_damaged_at_random_is_never_sound_and_never_stops_the_reader(seed):
    chance = random.Random(seed)
    for _ in range(12):
        damaged = bytearray(issued())
        # Near the end stand the parts that the parsers read: fields, signature, tables.
        first = chance.choice([0, len(damaged) - 7000])
        for _ in range(chance.choice([1, 3, 30])):
            damaged[chance.randrange(first, len(damaged))] = chance.randrange(256)
        if chance.random() < 0.3:
            start = chance.randrange(first, len(damaged))
            del damaged[start : start + chance.randrange(500)]
        content = bytes(damaged)
        if content == issued():
            continue

        verdict = judged(content)
        assert not verdict.sound
        assert verdict.problem
        with suppress(sealed_file.UnreadableFile):
            sealed_file.attachments(content)
