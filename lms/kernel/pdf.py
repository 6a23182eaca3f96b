"""PDF: the only importer of WeasyPrint. The same mark-up, styles and identifier give the same bytes."""

import hashlib
import zlib
from collections.abc import Iterable
from datetime import datetime
from functools import cache

import pydyf
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from lms.kernel import fonts

# Nothing but data that is already in the document: no file and no address that a name or a title might smuggle in.
_FETCHER = URLFetcher(allowed_protocols=["data"])


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _parsed(stylesheet: str) -> CSS:
    return CSS(string=stylesheet, font_config=_fonts(), url_fetcher=_FETCHER)


@cache
def _faces(faces: tuple[tuple[str, int, str], ...]) -> CSS:
    return _parsed("".join(fonts.face(*each) for each in faces))


def render(
    html: str,
    *,
    stylesheets: Iterable[str],
    faces: Iterable[tuple[str, int, str]] = ((fonts.SERIF, 400, "normal"),),
    attachments: Iterable[tuple[str, bytes, str]] = (),
    made_at: datetime | None = None,
    underlay: bytes = b"",
) -> bytes:
    """``html`` as an archival, tagged PDF (PDF/A-3a) with its fonts embedded.

    ``stylesheets`` are CSS texts, parsed once per process; ``faces`` the (family, weight, style) they use;
    ``attachments`` are (name, bytes, description); ``underlay`` is ornament in PDF operators, painted below the first
    page's content in points from its lower left corner and marked as an artifact for those who listen. The identifier follows from the content and no clock is read, so
    rendering twice gives the same bytes. Characters without a glyph must be refused before: see ``lms.kernel.fonts``.
    """
    digest = hashlib.sha256(html.encode())
    attached = []
    for name, content, description in attachments:
        digest.update(content)
        attached.append(
            Attachment(
                string=content,
                name=name,
                description=description,
                created=made_at,
                modified=made_at,
                relationship="Source",
            )
        )
    return HTML(string=html, url_fetcher=_FETCHER).write_pdf(
        stylesheets=[_faces(tuple(faces)), *(_parsed(each) for each in stylesheets)],
        attachments=attached or None,
        font_config=_fonts(),
        finisher=(lambda _document, file: _lay_under(file, underlay)) if underlay else None,
        pdf_variant="pdf/a-3a",
        pdf_tags=True,
        pdf_identifier=digest.hexdigest()[:32].encode(),
    )


def _lay_under(file: pydyf.PDF, operators: bytes) -> None:
    """Put ``operators`` before the content of the first page."""
    page = next(each for each in file.objects if isinstance(each, dict) and each.get("Type") == "/Page")
    packed = zlib.compress(b"/Artifact BMC q\n" + operators + b"\nQ EMC", 3)
    stream = pydyf.Stream([packed], extra={"Filter": "/FlateDecode"})
    file.add_object(stream)
    page["Contents"] = pydyf.Array([stream.reference, page["Contents"]])
