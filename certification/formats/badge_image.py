"""A certificate as an Open Badge picture: the credential put into a PNG or SVG, and read from one that a stranger sent.

Open Badges 3.0, section 5.3. In a PNG it is the text of an ``iTXt`` chunk called ``openbadgecredential``; in an SVG an
``openbadges:credential`` element: a JWT in its attribute ``verify``, a JSON document as its text.

What a stranger sent is never opened as a picture. A PNG is walked chunk by chunk and nothing in it is unpacked; an SVG
is read as XML that may declare no entities.
"""

import json
import re
import struct
import zlib
from collections.abc import Iterator
from xml.parsers import expat

KEYWORD = b"openbadgecredential"
NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
MOST_BYTES = 10_000_000  # of a picture
MOST_CREDENTIAL = 256_000  # bytes of the credential in it
MOST_CHUNKS, MOST_DEPTH = 20_000, 64

_PNG = b"\x89PNG\r\n\x1a\n"
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_SVG_TAG = re.compile(rb"<svg\b[^>]*>")
_NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotABadge(ValueError):
    """No credential can be read from the file; the message says why."""


def bake_png(picture: bytes, credential: str) -> bytes:
    """``picture`` (one of ours) with ``credential``, a compact JWT or a JSON document, before its end."""
    content = _bakeable(credential).encode()
    chunks = [(kind, data) for kind, data in _chunks(picture) if not _is_ours(kind, data)]
    # Keyword, not compressed (as the standard demands), no language, no translated keyword.
    chunks.insert(-1, (b"iTXt", KEYWORD + b"\x00\x00\x00\x00\x00" + content))
    return _PNG + b"".join(_chunk(kind, data) for kind, data in chunks)


def bake_svg(picture: bytes, credential: str) -> bytes:
    """``picture`` (one of ours, without a credential) with ``credential`` as the first thing inside ``svg``."""
    text = _bakeable(credential)
    if is_jwt(text):
        element = f'<openbadges:credential xmlns:openbadges="{NAMESPACE}" verify="{text}"/>'
    else:
        escaped = text.replace("]]>", "]]]]><![CDATA[>")
        element = f'<openbadges:credential xmlns:openbadges="{NAMESPACE}"><![CDATA[{escaped}]]></openbadges:credential>'
    found = _SVG_TAG.search(picture)
    if found is None:
        raise NotABadge("The picture has no svg element.")
    return picture[: found.end()] + element.encode() + picture[found.end() :]


def unbake(content: bytes) -> str:
    """The credential in a PNG or SVG, as it was put in: a compact JWT or a JSON document, neither of them checked.

    Raises NotABadge.
    """
    if len(content) > MOST_BYTES:
        raise NotABadge(f"The picture has {len(content)} bytes; at most {MOST_BYTES} are examined.")
    text = _from_png(content) if content.startswith(_PNG) else _from_svg(content)
    return _checked(text)


def is_jwt(credential: str) -> bool:
    return _JWT.fullmatch(credential) is not None


def _bakeable(credential: str) -> str:
    if _NOT_IN_XML.search(credential):  # a carriage return would be read back as a line feed
        raise NotABadge("The credential holds characters that no SVG can hold.")
    return _checked(credential)


def _checked(credential: str) -> str:
    if len(credential.encode("utf-8", "surrogatepass")) > MOST_CREDENTIAL:
        raise NotABadge(f"A credential in a picture has at most {MOST_CREDENTIAL} bytes.")
    if is_jwt(credential):
        return credential
    try:
        found = json.loads(credential)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotABadge("A credential is a compact JWT or a JSON object; this is neither.")
    return credential


# --- PNG (ISO/IEC 15948, section 5) -----------------------------------------------------------------


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every chunk's kind and data. Raises NotABadge unless they are whole, begin with IHDR and end with IEND."""
    if not content.startswith(_PNG):
        raise NotABadge("The picture is no PNG.")
    place, kind = len(_PNG), b""
    for count in range(MOST_CHUNKS):
        if place + 12 > len(content):
            raise NotABadge("The PNG is cut off.")
        size, kind = struct.unpack_from(">I4s", content, place)
        end = place + 12 + size
        if end > len(content):
            raise NotABadge("The PNG is cut off.")
        if (count == 0) != (kind == b"IHDR"):
            raise NotABadge("A PNG has one IHDR, at its beginning.")
        data = content[place + 8 : end - 4]
        if struct.unpack_from(">I", content, end - 4)[0] != zlib.crc32(kind + data):
            raise NotABadge(f"The PNG is damaged: the check sum of a part called {kind!r} does not fit.")
        yield kind, data
        place = end
        if kind == b"IEND":
            if place != len(content):
                raise NotABadge("Something follows the end of the PNG.")
            return
    raise NotABadge(f"The PNG has more than {MOST_CHUNKS} parts.")


def _is_ours(kind: bytes, data: bytes) -> bool:
    return kind == b"iTXt" and data.startswith(KEYWORD + b"\x00")


def _from_png(content: bytes) -> str:
    found = [data for kind, data in _chunks(content) if _is_ours(kind, data)]
    if len(found) != 1:
        raise NotABadge(f"A badge holds one credential; this picture holds {len(found)}.")
    rest = found[0][len(KEYWORD) + 1 :]
    if rest[:2] != b"\x00\x00":
        raise NotABadge("The credential in the picture is compressed, which Open Badges does not allow.")
    parts = rest[2:].split(b"\x00", 2)
    if len(parts) != 3:
        raise NotABadge("The part of the PNG that should hold the credential is cut off.")
    return _decoded(parts[2])


def _decoded(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise NotABadge("The credential in the picture is not UTF-8.") from None


# --- SVG -------------------------------------------------------------------------------------------


class _Finder:
    """Listens to the XML as it is read and keeps what the credential elements say: their ``verify`` and their text."""

    def __init__(self) -> None:
        self.found: list[tuple[str | None, list[str]]] = []
        self.depth = 0
        self.inside = 0  # depth of the credential element, 0 outside

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == 1 and name not in ("svg", "http://www.w3.org/2000/svg svg"):
            raise NotABadge("The file is neither a PNG nor an SVG.")
        if self.depth > MOST_DEPTH:
            raise NotABadge(f"The SVG is nested deeper than {MOST_DEPTH} levels.")
        if self.inside:
            raise NotABadge("There are elements inside the credential of the SVG.")
        if name == f"{NAMESPACE} credential":
            self.inside = self.depth
            self.found.append((attributes.get("verify"), []))

    def end(self, _name: str) -> None:
        if self.inside == self.depth:
            self.inside = 0
        self.depth -= 1

    def text(self, part: str) -> None:
        if self.inside:
            self.found[-1][1].append(part)


def _from_svg(content: bytes) -> str:
    finder = _Finder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text, parser.buffer_size = True, 65_536
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.EndElementHandler = finder.start, finder.end
    parser.CharacterDataHandler = finder.text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise NotABadge(f"The file is neither a PNG nor an SVG: {error}.") from None
    if len(finder.found) != 1:
        raise NotABadge(f"A badge holds one credential; this picture holds {len(finder.found)}.")
    verify, parts = finder.found[0]
    text = "".join(parts).strip()
    if verify is not None and (text or not is_jwt(verify)):
        raise NotABadge("The credential of the SVG is a JWT in its attribute or a document as its text, not both.")
    return text if verify is None else verify


def _refuse_doctype(*_declared: object) -> None:
    raise NotABadge("The SVG declares a document type; that is where entities hide. Save it without one.")
