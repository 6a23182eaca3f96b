"""Frozen facts to the certificate's PDF. Reads nothing but the facts: no database, no clock, no catalogue."""

import base64
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import segno
from django.template.loader import get_template

from certification.formats import guilloche, lettering
from certification.formats.attachments import ATTACHMENTS
from certification.formats.fitting import POINT, Fitted, fit, width
from certification.formats.labels import SECOND, days_of, hours_of, label, long_date, short_date
from certification.rules.look import BUILT_IN, LAYOUT, Look, tints
from certification.rules.numbering import grouped
from lms.kernel import fonts, pdf
from lms.kernel.languages import localized
from lms.kernel.search_names import fold

FACES = (
    (fonts.SERIF, 400, "normal"),
    (fonts.SERIF, 400, "italic"),
    (fonts.SERIF, 600, "normal"),
    (fonts.MONO, 400, "normal"),
)
# The mask is fixed: searching the best of eight costs four times as much and reads no better at this size.
_QR_MASK = 2
# The strip of days or modules, in millimetres.
STRIP_TOP, STRIP_HEIGHT, STRIP_WIDTH, COLUMN_GAP, LINE_HEIGHT = 111.6, 15.4, 236.0, 10.0, 1.35
# Under them the statement in the second language begins, and each line of the standing pushes it down.
STANDING_TOP, STANDING_LINE = 131.6, 4.45
# Where a template's pictures stand: left and upper edge, breadth and height of the room, and where in it they lie.
_LOGO = (29.5, 26.5, 38.0, 18.0, "left top")
_SEAL = (159.5, 154.5, 27.0, 27.0, "center")
_SIGNATURES = ((31.5, 153.4, 54.0, 13.4, "center bottom"), (95.5, 153.4, 54.0, 13.4, "center bottom"))


@dataclass(frozen=True)
class Picture:
    """A picture of the template with its place on the page and what it is called for those who listen."""

    address: str
    text: str
    style: str


@dataclass(frozen=True)
class Column:
    """Some of the days or modules, one a line, with their place on the page."""

    text: str
    style: str


def verify_url(site_url: str, number: str, code: str) -> str:
    return f"{site_url}/v/{number}?c={code}"


class MissingGlyphs(ValueError):
    """Some characters cannot be printed. ``named`` lists them as U+0000."""

    def __init__(self, characters: set[str]):
        self.named = " ".join(f"U+{ord(letter):04X}" for letter in sorted(characters))
        super().__init__(f"The fonts have no glyph for {self.named}.")


def render(facts: dict, **terms) -> bytes:
    """What ``draw`` draws, written down."""
    return draw(facts, **terms).written()


def draw(
    facts: dict,
    *,
    digest: str,
    code: str,
    site_url: str,
    attachments: Mapping[str, bytes] | None = None,
    qr: str = "",
    seal_label: str = "",
    look: Look = BUILT_IN,
    language: str = "",
) -> pdf.Drawn:
    """The PDF of a certificate with these ``facts`` (whose SHA-256 is ``digest``) and this access ``code``.

    ``attachments`` are the contents of files named in ATTACHMENTS; ``qr`` is what the square code says, by default the
    address at which number and code are looked up; ``seal_label`` keeps a field free for ``sealing.seal`` and is what a
    screen reader calls it; ``look`` is the template; ``language`` is that of a print beside the first, by default the
    facts' own. The same arguments give the same bytes. Raises MissingGlyphs rather than print a box for a
    letter, ``pdf.WrongLength`` rather than go on to a second page, and ValueError for an attachment of another name.
    """
    facts = dict(facts) | ({"language": language} if language else {})
    context = _context(facts, code, site_url, qr, look)
    missing = fonts.missing_characters("".join(_texts(context | {"facts": {}})), fonts.SERIF)
    if missing - {"\n"}:
        raise MissingGlyphs(missing - {"\n"})
    html = get_template(f"certification/documents/{LAYOUT}.html").render(context)
    return pdf.draw(
        html,
        stylesheets=[_stylesheet(look.accent, look.ink)],
        faces=FACES,
        attachments=[_attached(name, content) for name, content in (attachments or {}).items()],
        made_at=datetime.combine(date.fromisoformat(facts["issued_on"]), datetime.min.time(), tzinfo=UTC),
        underlay=_ornament(facts, digest, look),
        pages=1,
        seal_label=seal_label,
        accessible=True,
    )


def _attached(name: str, content: bytes) -> pdf.Attached:
    if name not in ATTACHMENTS:
        raise ValueError(f"A certificate carries no {name}; only {' and '.join(ATTACHMENTS)}.")
    description, relationship = ATTACHMENTS[name]
    return pdf.Attached(name, content, description, relationship)


def _ornament(facts: dict, digest: str, look: Look) -> bytes:
    """Everything below the words: border, place of the seal, and the demonstration mark, drawn as outlines."""
    language, words = facts["language"], []
    if not look.seal:
        words.append(lettering.drawing(label("seal", language), x=173, y=168.9, size=7.5, colour="0.42 0.48 0.54"))
    if facts["demo"]:
        words.append(
            lettering.drawing(
                label("demo", language), x=148.5, y=104, size=42, weight=600, turn=14, colour=".945 .937 .918"
            )
        )
    return guilloche.drawing(digest, below=words, inks=tints(look.accent), is_open=bool(look.seal))


def ascii_file_name(facts: dict) -> str:
    """A file name every program can write: 2026-REF-000257-clirim-gjergjaj.pdf."""
    return f"{facts['serial']}-{fold(facts['holder']['printed'])}".replace(" ", "-") + ".pdf"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _texts(value) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Column | Fitted | Picture):
        return _texts(vars(value))
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for each in values for text in _texts(each)]


@cache
def _stylesheet(accent: str, ink: str) -> str:
    source = get_template(f"certification/documents/{LAYOUT}.css").template.source
    return source.replace("$accent", accent).replace("$ink", ink)


def qr_png(content: str) -> str:
    """The QR code of ``content`` as a data address: one pixel a module, drawn large without smoothing.

    The quiet zone is not part of it; the page leaves it free.
    """
    buffer = io.BytesIO()
    segno.make(content, error="m", mask=_QR_MASK, micro=False, boost_error=False).save(
        buffer, kind="png", scale=1, border=0
    )
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _context(facts: dict, code: str, site_url: str, qr: str, look: Look) -> dict:
    language = facts["language"]
    second = SECOND[language]
    name = fit_name(facts["holder"]["printed"])
    title = fit(
        localized(facts["programme"]["titles"], language), 222, largest=20, smallest=11, two_from=15, weight=600
    )
    licence = label("licence", language, number=facts["licence"]["number"]) if facts["licence"] else ""
    completed = [part for part in (licence, _worded("completed", language, look)) if part]
    standing = [_accreditation(facts, language), _issued(facts, language), look.text("note", language)]
    standing = [part for part in standing if part]
    return {
        "language": language,
        "second": second,
        "facts": facts,
        "issuer": localized(facts["issuer"]["names"], language),
        "heading": _worded("certificate", language, look),
        "certifies": _worded("certifies", language, look),
        "name": name,
        "name_text": "\n".join(name.lines),
        "name_size": str(name.size),
        "completed": completed,
        "completed_text": "\n".join(completed),
        "title": title,
        "title_text": "\n".join(title.lines),
        "title_size": str(title.size),
        "extent": _extent(facts, language),
        "columns": _columns(_lines(facts, language)),
        "standing": "\n".join(standing),
        "statement": _statement(facts, second),
        "statement_style": f"top:{STANDING_TOP + STANDING_LINE * len(standing) + 1.1:.2f}mm",
        "signatories": [_signatory(each, language, second) for each in facts["signatories"][:2]],
        "pictures": _pictures(facts["signatories"][:2], look, language),
        "number": grouped(facts["number"]),
        "codes": f"{grouped(facts['number'])}\n{grouped(code, 5)}",
        "labels": "\n".join(
            f"{label(key, language)} · {label(key, second)}" for key in ("number", "access_code", "verify")
        ),
        "address": f"{site_url.split('://')[-1]}/v",
        "qr": qr_png(qr or verify_url(site_url, facts["number"], code)),
        "qr_text": label("qr", language),
    }


def _worded(key: str, language: str, look: Look) -> str:
    return look.text(key, language) or label(key, language)


def _pictures(signatories: list[dict], look: Look, language: str) -> list[Picture]:
    """The template's pictures. That of a signature is called a picture, because it proves nothing."""
    found = [
        (look.logo, _LOGO, label("logo", language)),
        (look.seal, _SEAL, label("seal_picture", language)),
    ]
    for each, (_signatory, picture), place in zip(signatories, look.signers, _SIGNATURES, strict=False):
        found.append((picture, place, label("signature_picture", language, name=each["name"])))
    return [Picture(_address(picture), text, _placed(place)) for picture, place, text in found if picture]


@cache
def _address(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode()


def _placed(place: tuple[float, float, float, float, str]) -> str:
    left, top, width, height, where = place
    return f"left:{left}mm;top:{top}mm;width:{width}mm;height:{height}mm;object-fit:contain;object-position:{where}"


def _signatory(signatory: dict, language: str, second: str) -> dict:
    posts = dict.fromkeys((localized(signatory["posts"], language), signatory["posts"].get(second, "")))
    return {"name": signatory["name"], "posts": "\n".join(post for post in posts if post)}


def _statement(facts: dict, language: str) -> str:
    """Everything the certificate says, in one paragraph of the second language; the serial follows it."""
    licence = facts["licence"]
    said = label(
        "statement",
        language,
        issuer=localized(facts["issuer"]["names"], language),
        name=facts["holder"]["printed"],
        licence=f" ({label('licence', language, number=licence['number'])})" if licence else "",
        title=localized(facts["programme"]["titles"], language),
        extent=_extent(facts, language).replace(" · ", ", "),
    )
    return " ".join(
        part for part in (said, _accreditation(facts, language, "."), f"{_issued(facts, language)}.") if part
    )


def fit_name(name: str) -> Fitted:
    """The holder's name: up to 36 points on a line; on two lines from 23 down, never below 14."""
    return fit(name, 226, largest=36, smallest=14, two_from=23, weight=600)


def _extent(facts: dict, language: str) -> str:
    parts = [hours_of(Decimal(facts["programme"]["hours"]), language)]
    if facts["days"]:
        parts.append(days_of(len(facts["days"]), language))
    return " · ".join(parts)


def _lines(facts: dict, language: str) -> list[str]:
    """One line for each day (when, where, what) and module (when, online, how long, what)."""
    lines = []
    for day in facts["days"]:
        if day["on"]:
            parts = [short_date(date.fromisoformat(day["on"])), localized(day["place"], language)]
        else:
            parts = [label("recognised", language)]
        lines.append(" · ".join(part for part in (*parts, localized(day["titles"], language)) if part))
    for module in facts["modules"]:
        if module["on"]:
            parts = [short_date(date.fromisoformat(module["on"])), label("online", language)]
        else:
            parts = [label("recognised", language)]
        lines.append(
            " · ".join((*parts, hours_of(Decimal(module["hours"]), language), localized(module["titles"], language)))
        )
    return lines


def _columns(lines: list[str]) -> list[Column]:
    """The lines in one column in the middle, or in the two or three in which they stand largest.

    A line as one long text costs a third of the same in boxes, and reads in the right order aloud.
    """
    broadest = max((width(line, 1) for line in lines), default=1)
    size, count = max(
        (_size_in(count, len(lines), broadest), -count) for count in ((1,) if len(lines) <= 3 else (2, 3))
    )
    size, per_column = max(size, 4.5), -(-len(lines) // -count) or 1
    parts = [lines[start : start + per_column] for start in range(0, len(lines), per_column)]
    room = _room_in(-count)
    widths = [min(max(width(line, size) for line in part), room) + 1 for part in parts]
    left = (guilloche.WIDTH - sum(widths) - COLUMN_GAP * (len(parts) - 1)) / 2
    top = STRIP_TOP + (STRIP_HEIGHT - per_column * size * POINT * LINE_HEIGHT) / 2
    placed = []
    for part, wide in zip(parts, widths, strict=True):
        style = f"left:{left:.2f}mm;top:{top:.2f}mm;width:{wide:.2f}mm;font-size:{size}pt"
        placed.append(Column("\n".join(part), style))
        left += wide + COLUMN_GAP
    return placed


def _room_in(count: int) -> float:
    """How broad each of ``count`` columns may be."""
    return (STRIP_WIDTH - COLUMN_GAP * (count - 1)) / count


def _size_in(count: int, lines: int, broadest: float) -> float:
    """The largest size at which so many lines fit into ``count`` columns, in eighths of a point."""
    high = STRIP_HEIGHT / (-(-lines // count) or 1) / LINE_HEIGHT / POINT
    return int(min(9.0, high, _room_in(count) / broadest) * 8) / 8


def _accreditation(facts: dict, language: str, end: str = "") -> str:
    """What the document may say about accreditation: what truly stood on the day of completion, or nothing."""
    known = facts["accreditation"]
    body = known.get("body") or ""
    if isinstance(body, dict):
        body = localized(body, language)
    if known.get("status") == "submitted":
        return label("submitted", language, body=body) + end
    if known.get("status") != "accredited":
        return ""
    start, until = (short_date(date.fromisoformat(known[side])) if known.get(side) else "…" for side in ("from", "to"))
    return label("accredited", language, body=body, number=known.get("number") or "—", start=start, until=until) + end


def _issued(facts: dict, language: str) -> str:
    issued, first = date.fromisoformat(facts["issued_on"]), date.fromisoformat(facts["first_issued_on"])
    if first == issued:
        start = label("issued_on", language, date=long_date(issued, language))
    else:
        start = label("reissued_on", language, first=long_date(first, language), date=long_date(issued, language))
    if not facts["valid_until"]:
        return f"{start}, {label('valid_for_life', language)}"
    until = long_date(date.fromisoformat(facts["valid_until"]), language)
    return f"{start}, {label('valid_until', language, date=until)}"
