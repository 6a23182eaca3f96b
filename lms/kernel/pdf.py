"""PDF: the only importer of WeasyPrint. The same mark-up, styles and identifier give the same bytes."""

import hashlib
import io
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import NamedTuple

import pydyf
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from lms.kernel import fonts

# Nothing but data that is already in the document: no file and no address that a name or a title might smuggle in.
_FETCHER = URLFetcher(allowed_protocols=["data"])
# Nine instead of five costs three times as much and saves two bytes in a hundred.
_LEVEL = 5
# What ISO 32000-2 (7.11.3) calls the bond between an attached file and the page.
RELATIONSHIPS = {"Source", "Data", "Alternative", "Supplement", "Unspecified"}

# The name of the field that a document may keep free for its seal.
SEAL_FIELD = "Seal"

# ISO 14289-1 (5) wants its identifier in the metadata; ISO 19005-3 (6.6.2.3) allows a property that it does not know
# only where a schema in the same packet describes it.
_UNIVERSAL = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Identification of PDF/UA</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>The part of ISO 14289 to which the file conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


class Attached(NamedTuple):
    """A file inside a PDF. ``relationship`` is one of RELATIONSHIPS."""

    name: str
    content: bytes
    description: str
    relationship: str = "Source"


class WrongLength(ValueError):
    """The document does not have as many pages as it must."""


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _parsed(stylesheet: str) -> CSS:
    return CSS(string=stylesheet, font_config=_fonts(), url_fetcher=_FETCHER)


@cache
def _faces(faces: tuple[tuple[str, int, str], ...]) -> CSS:
    return _parsed("".join(fonts.face(*each) for each in faces))


class Drawn:
    """A document that is drawn but not yet written down: a file it carries may still take its final content."""

    def __init__(self, file: pydyf.PDF, arguments: tuple):
        self._file, self._arguments = file, arguments

    def written(self, contents: Mapping[str, bytes] | None = None) -> bytes:
        """The PDF, with ``contents`` in the attached files of these names. To be called once.

        Raises KeyError for a name that is not attached.
        """
        file = self._file
        for name, content in (contents or {}).items():
            spec = next((each for each in file.objects if _is_file(each, name)), None)
            if spec is None:
                raise KeyError(f"The document carries no {name}; attach it when drawing, empty if need be.")
            stream = _object(file, spec["EF"]["F"])
            stream.stream, stream.extra["Filter"] = [_packed(content)], "/FlateDecode"
            stream.extra["Params"]["Size"] = len(content)
            stream.extra["Params"]["CheckSum"] = f"<{hashlib.md5(content, usedforsecurity=False).hexdigest()}>"
        output = io.BytesIO()
        pydyf.PDF.write(file, output, *self._arguments)
        return output.getvalue()


def render(html: str, **terms) -> bytes:
    """What ``draw`` draws, written down."""
    return draw(html, **terms).written()


def draw(
    html: str,
    *,
    stylesheets: Iterable[str],
    faces: Iterable[tuple[str, int, str]] = ((fonts.SERIF, 400, "normal"),),
    attachments: Iterable[Attached | tuple[str, bytes, str]] = (),
    made_at: datetime | None = None,
    underlay: bytes = b"",
    pages: int | None = None,
    seal_label: str = "",
    accessible: bool = False,
) -> Drawn:
    """``html`` as an archival, tagged PDF (PDF/A-3a) with its fonts embedded.

    ``stylesheets`` are CSS texts, parsed once per process; ``faces`` the (family, weight, style) they use;
    ``attachments`` are files to carry along, of the moment ``made_at``; ``underlay`` is ornament in PDF operators,
    painted below the first page's content in points from its lower left corner and marked as an artifact for those who
    listen; ``pages`` is how many there must be, else WrongLength; with a ``seal_label`` there is an unseen field for a
    seal, called so for those who listen; ``accessible`` is the caller's word that the document keeps PDF/UA-1 too (no
    running heads or page numbers, cells that name their headers) and lets it say so. The identifier follows from the content and no clock is read, so rendering
    twice gives the same bytes. Characters without a glyph must be refused before: see ``lms.kernel.fonts``.
    """
    digest = hashlib.sha256(html.encode())
    attached = []
    # A name tree is read by halving, so its names stand in order.
    for each in sorted(Attached(*each) for each in attachments):
        digest.update(each.content)
        attached.append(_attachment(each, made_at))

    drawn: list[Drawn] = []

    def finish(_document, file: pydyf.PDF):
        if pages is not None and file.pages["Count"] != pages:
            raise WrongLength(f"The document has {file.pages['Count']} pages instead of {pages}; shorten its texts.")
        if underlay:
            _lay_under(file, underlay)
        if seal_label:
            _keep_place_for_seal(file, seal_label)
        _describe(file, accessible)
        if "AF" in file.catalog:
            # WeasyPrint names every attachment twice.
            file.catalog["AF"] = pydyf.Array(dict.fromkeys(file.catalog["AF"]))
        _pack(file)
        # WeasyPrint writes as its last step; that is left to whoever has the rest of the content.
        file.write = lambda _output, *arguments: drawn.append(Drawn(file, arguments))

    HTML(string=html, url_fetcher=_FETCHER).write_pdf(
        stylesheets=[_faces(tuple(faces)), *(_parsed(each) for each in stylesheets)],
        attachments=attached or None,
        font_config=_fonts(),
        finisher=finish,
        pdf_variant="pdf/a-3a",
        pdf_tags=True,
        pdf_identifier=digest.hexdigest()[:32].encode(),
    )
    return drawn[0]


def _attachment(each: Attached, made_at: datetime | None) -> Attachment:
    if each.relationship not in RELATIONSHIPS:
        raise ValueError(f"{each.relationship!r} is no relationship; use one of {', '.join(sorted(RELATIONSHIPS))}.")
    if made_at is None:
        raise ValueError(f"{each.name} is attached without a moment; give made_at, because no clock is read here.")
    moment = made_at.astimezone(UTC)
    return Attachment(
        string=each.content,
        name=each.name,
        description=each.description,
        created=moment,
        modified=moment,
        relationship=each.relationship,
    )


def _is_file(each: pydyf.Object, name: str) -> bool:
    return isinstance(each, pydyf.Dictionary) and each.get("Type") == "/Filespec" and each["UF"].string == name


def _object(file: pydyf.PDF, reference: str | bytes) -> pydyf.Object:
    return file.objects[int(reference.split()[0])]


def _first_page(file: pydyf.PDF) -> pydyf.Dictionary:
    return _object(file, f"{file.pages['Kids'][0]} 0 R")


def _lay_under(file: pydyf.PDF, operators: bytes) -> None:
    """Put ``operators`` before the content of the first page."""
    page = _first_page(file)
    packed = zlib.compress(b"/Artifact BMC q\n" + operators + b"\nQ EMC", 3)
    stream = pydyf.Stream([packed], extra={"Filter": "/FlateDecode"})
    file.add_object(stream)
    page["Contents"] = pydyf.Array([stream.reference, page["Contents"]])


def _keep_place_for_seal(file: pydyf.PDF, label: str) -> None:
    """A signature field without extent on the first page, in its place in the structure (ISO 14289-1, 7.18.4).

    Made here because whoever seals could add the field, but not tell the structure of it.
    """
    page = _first_page(file)
    root = _object(file, file.catalog["StructTreeRoot"])
    numbers = _object(file, root["ParentTree"])["Nums"]
    key = numbers[-2] + 1
    field = pydyf.Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": pydyf.String(SEAL_FIELD),
            "TU": pydyf.String(label),
            "Rect": pydyf.Array([0, 0, 0, 0]),
            "F": 4 | 128,  # printed, as archives want it, and locked
            "P": page.reference,
            "StructParent": key,
        }
    )
    file.add_object(field)
    spoken = pydyf.Dictionary(
        {
            "Type": "/StructElem",
            "S": "/Form",
            "P": root["K"][0],
            "Pg": page.reference,
            "K": pydyf.Dictionary({"Type": "/OBJR", "Obj": field.reference, "Pg": page.reference}),
        }
    )
    file.add_object(spoken)
    _object(file, root["K"][0])["K"].append(spoken.reference)
    numbers.extend((key, spoken.reference))
    page["Annots"] = pydyf.Array([*page.get("Annots", ()), field.reference])
    file.catalog["AcroForm"] = pydyf.Dictionary({"Fields": pydyf.Array([field.reference]), "SigFlags": 3})


def _describe(file: pydyf.PDF, accessible: bool) -> None:
    """Leave the metadata plain and add PDF/UA's identifier to its one ``rdf:RDF``: readers look no further."""
    metadata = _object(file, file.catalog["Metadata"])
    # Plain, so that archives find it without understanding the rest.
    metadata.compress = False
    if accessible:
        (packet,) = metadata.stream
        before, end, after = packet.partition(b"</rdf:RDF>")
        if not end or b"</rdf:RDF>" in after:
            raise ValueError("The metadata is expected to have one rdf:RDF; look at what WeasyPrint now writes.")
        metadata.stream = [before + _UNIVERSAL + end + after]


def _pack(file: pydyf.PDF) -> None:
    """Compress every stream once; left to itself the writer does it twice, to number the file and to write it."""
    for each in file.objects:
        if isinstance(each, pydyf.Stream) and each.compress:
            plain = b"\n".join(part if isinstance(part, bytes) else pydyf._to_bytes(part) for part in each.stream)
            each.stream, each.compress = [_packed(plain)], False
            each.extra["Filter"] = "/FlateDecode"


@lru_cache(maxsize=16)
def _packed(plain: bytes) -> bytes:
    return zlib.compress(plain, _LEVEL)
