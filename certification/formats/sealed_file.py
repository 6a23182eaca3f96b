"""What a stranger's PDF carries: the attachments of a certificate, and whether the council's seal covers all of it.

Nothing here decides alone: that a file is the issued one is first of all the equality of its SHA-256 with the one on
record. Call it in a limited process; the parsers are given whatever somebody sent.
"""

import hashlib
import io
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import pikepdf
from asn1crypto import cms, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import ValidationError

from certification.formats.attachments import ATTACHMENTS

MAX_FILE = 10 * 1024 * 1024  # bytes
MAX_ATTACHMENT = 256 * 1024  # bytes, unpacked
MAX_ATTACHMENTS = 20

# What parsers and validators of hand-made files are known to raise.
_BROKEN = (
    *(PdfError, SigningError, SignatureValidationError, ValidationError, ValueError, TypeError, LookupError),
    *(AttributeError, ArithmeticError, AssertionError, NotImplementedError, RecursionError, OSError, zlib.error),
)


class UnreadableFile(ValueError):
    """The file is no PDF that we would have issued; the text says why."""


@dataclass(frozen=True)
class SealVerdict:
    """What the seal in a file says, part by part; ``problem`` is empty when all of it holds.

    ``modification`` is pyHanko's level of later changes: NONE, LTA_UPDATES, FORM_FILLING, ANNOTATIONS, OTHER, or UNKNOWN.
    ``signed_at`` is claimed by the sealer; ``stamped_at`` is a time-stamp service's word, when there is a valid one.
    """

    signatures: int
    intact: bool = False
    trusted: bool = False
    entire_file: bool = False
    modification: str = "UNKNOWN"
    signer: str = ""
    certificate_sha256: str = ""
    signed_at: datetime | None = None
    stamped_at: datetime | None = None
    problem: str = ""

    @property
    def sound(self) -> bool:
        """Sealed under our root, once, from the first byte to the last, and nothing happened since."""
        return (
            self.signatures == 1
            and self.intact
            and self.trusted
            and self.entire_file
            and self.modification == "NONE"
            and not self.problem
        )


def is_issued(content: bytes, recorded_sha256: str) -> bool:
    """Is ``content`` byte by byte the file with the SHA-256 (hexadecimal) that was recorded when it was issued?"""
    return hashlib.sha256(content).hexdigest() == recorded_sha256.lower()


def attachments(content: bytes) -> dict[str, bytes]:
    """The files in the PDF ``content`` that bear a name of a certificate's attachments.

    Raises UnreadableFile for what is no PDF, is encrypted or too large, or packs its attachments in a way we never do.
    """
    _check_size(content)
    found: dict[str, bytes] = {}
    try:
        # The file must stay referenced while anything of it is in use: see pikepdf's own warning.
        with pikepdf.open(io.BytesIO(content)) as file:
            carried = file.attachments
            if len(carried) > MAX_ATTACHMENTS:
                raise UnreadableFile(f"The PDF carries {len(carried)} files; a certificate carries two.")
            for name in ATTACHMENTS:
                if name in carried:
                    found[name] = _unpacked(name, carried[name].obj["/EF"]["/F"])
    except UnreadableFile:
        raise
    except pikepdf.PasswordError:
        raise UnreadableFile("The PDF is locked with a password; send it as you received it.") from None
    except (pikepdf.PdfError, *_BROKEN) as error:
        raise UnreadableFile(f"This cannot be read as a PDF: {type(error).__name__}.") from error
    return found


def _check_size(content: bytes) -> None:
    if len(content) > MAX_FILE:
        raise UnreadableFile(f"The file has {len(content)} bytes; more than {MAX_FILE} are not read.")


def _unpacked(name: str, stream: pikepdf.Object) -> bytes:
    """The plain bytes of an attachment, at most MAX_ATTACHMENT: unpacked here, since the library knows no limit."""
    packed = stream.read_raw_bytes()
    filters = stream.get("/Filter")
    kinds = (
        []
        if filters is None
        else [str(each) for each in (filters if isinstance(filters, pikepdf.Array) else [filters])]
    )
    if kinds == [] and len(packed) <= MAX_ATTACHMENT:
        return packed
    if kinds == ["/FlateDecode"] and "/DecodeParms" not in stream:
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(packed, MAX_ATTACHMENT + 1)
        if len(plain) <= MAX_ATTACHMENT and unpacker.eof:
            return plain
    raise UnreadableFile(
        f"{name} in the PDF is larger than {MAX_ATTACHMENT} bytes, cut off, or packed in a way that we never use."
    )


def verify_seal(content: bytes, *, roots: Iterable[bytes], at: datetime) -> SealVerdict:
    """What the seal of the PDF ``content`` says, judged by our own ``roots`` (DER certificates) and no others.

    ``at`` is the moment for which the seal's certificate must have been valid: the recorded moment of issue, so that
    a certificate that has run out since does not spoil what it sealed. Nothing is fetched. Never raises for a broken
    file: the verdict's ``problem`` says what is wrong with it.
    """
    trusted = [x509.Certificate.load(root) for root in roots]
    if not trusted:
        raise ValueError("No root is given, so no seal can be judged; name the certificate of the seal's issuer.")
    try:
        _check_size(content)
        reader = PdfFileReader(io.BytesIO(content))
        signatures = reader.embedded_regular_signatures
        every = len(reader.embedded_signatures)
        if not signatures:
            return SealVerdict(every, problem="The file carries no seal.")
        return _verdict(content, signatures[0], every, trusted, at)
    except UnreadableFile as error:
        return SealVerdict(0, problem=str(error))
    except _BROKEN as error:
        return SealVerdict(0, problem=f"The seal cannot be read: {type(error).__name__}.")


def _is_clean(signature: EmbeddedPdfSignature, content: bytes) -> bool:
    """Is the one part that a signature cannot cover, its own room, the signature and zeros and nothing else?"""
    first, length, second, _length = (int(each) for each in signature.byte_range)
    room = content[first + length : second]
    value = cms.ContentInfo.load(bytes(signature.pkcs7_content)).dump().hex().upper().encode()
    return room == b"<" + value.ljust(len(room) - 2, b"0") + b">"


def _verdict(
    content: bytes, signature: EmbeddedPdfSignature, every: int, roots: list[x509.Certificate], at: datetime
) -> SealVerdict:
    context = ValidationContext(trust_roots=roots, moment=at, allow_fetching=False)
    status = validate_pdf_signature(signature, context)
    entire = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    stamp = status.timestamp_validity
    modification = status.modification_level.name if status.modification_level is not None else "UNKNOWN"
    problems = {
        "The sealed bytes were changed.": not (status.intact and status.valid),
        "Something was written into the room of the seal.": not _is_clean(signature, content),
        "The seal is not ours: its certificate leads to no root of ours.": not status.trusted,
        "Something was added to the file after it was sealed.": not entire or modification != "NONE",
        f"The file carries {every} signatures; an issued file carries one.": every != 1,
        "The time-stamp of the seal does not hold.": stamp is not None and not (stamp.intact and stamp.valid),
    }
    return SealVerdict(
        signatures=every,
        intact=status.intact and status.valid,
        trusted=status.trusted,
        entire_file=entire,
        modification=modification,
        signer=status.signing_cert.subject.human_friendly,
        certificate_sha256=status.signing_cert.sha256.hex(),
        signed_at=status.signer_reported_dt,
        stamped_at=stamp.timestamp if stamp is not None and stamp.intact and stamp.valid and stamp.trusted else None,
        problem=" ".join(problem for problem, is_so in problems.items() if is_so),
    )


def written_over(content: bytes, words: bytes) -> bytes:
    """Our own file ``content`` with ``words`` more on its page, as a forger would leave it: to try verification with.

    The attachments and the seal are left as they were. The same arguments give the same bytes.
    """
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as file:
        page = file.pages[0]
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.add_resource(font, pikepdf.Name.Font, pikepdf.Name.Forged)
        page.contents_add(b"q BT /Forged 16 Tf 0.1 0.1 0.3 rg 250 40 Td (" + words + b") Tj ET Q")
        file.save(output, deterministic_id=True)
    return output.getvalue()
