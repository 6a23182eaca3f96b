"""What is on record of a certificate on paper, for a stranger who has the paper in hand.

By series, number and year alone the holder's initials are told; the name only to somebody who types it. Nothing here
is signed, and nothing here says so.
"""

from dataclasses import dataclass
from datetime import date

from certification.models import PaperCertificate
from certification.models.papers import paper_key
from lms.kernel import clock
from lms.kernel.search_names import fold, loose


class NoSuchPaper(LookupError):
    """Nothing is on record under this series, number and year."""


class SeveralPapers(LookupError):
    """Several series have this number and year; the series tells them apart."""


@dataclass(frozen=True)
class Recorded:
    """A paper certificate as it was entered. ``name`` is empty unless it was typed."""

    label: str
    initials: str
    name: str
    award: str
    hours: str
    issuer: str
    issued_on: date
    valid_until: date | None
    has_expired: bool
    checked_by: str
    checked_on: date
    checked_against: str
    entered_by: str  # empty: by a command of the operator
    entered_on: date
    is_demo: bool


def look_up(series: str, number: str, year: int, name: str = "") -> Recorded:
    """The paper with this number. Raises NoSuchPaper (also when it bears another name than the typed one) and
    SeveralPapers."""
    rows = PaperCertificate.objects.filter(number_key=paper_key(number), year=year, withdrawn_at__isnull=True)
    if series.strip():
        rows = rows.filter(series_key=paper_key(series))
    found = list(rows.select_related("entered_by")[:2])
    if len(found) > 1:
        raise SeveralPapers(number)
    if not found or (name.strip() and _folded(name) != _folded(found[0].holder)):
        raise NoSuchPaper(number)
    row = found[0]
    return Recorded(
        label=row.label,
        initials=row.initials,
        name=row.holder if name.strip() else "",
        award=row.award,
        hours=row.hours,
        issuer=row.issuer,
        issued_on=row.issued_on,
        valid_until=row.valid_until,
        has_expired=row.valid_until is not None and row.valid_until < clock.local_day(),
        checked_by=row.checked_by,
        checked_on=row.checked_on,
        checked_against=row.checked_against,
        entered_by=str(row.entered_by) if row.entered_by else "",
        entered_on=clock.local_day(row.entered_at),
        is_demo=row.is_demo,
    )


def _folded(name: str) -> list[str]:
    """The words of a name in any order and spelling."""
    return sorted(loose(fold(name)).split())
