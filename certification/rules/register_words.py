"""What the words and dates of a register file mean. Pure; what is not known is None, never guessed."""

import datetime
import re
import unicodedata

COLUMNS = (
    "licence_number",
    "given_name",
    "surname",
    "father_name",
    "birth_date",
    "personal_number",
    "level",
    "category",
    "valid_from",
    "valid_to",
    "status",
    "municipality",
    "organisation",
    "email",
    "language",
)
REQUIRED = ("licence_number", "given_name", "surname", "valid_from", "valid_to", "status")

# The state each status of the register stands for; None: the word speaks of dates only and leaves the state alone.
# A pending renewal is a licence that runs on until its last day.
STATUSES = {
    "valid": "granted",
    "renewal_pending": "granted",
    "expired": None,
    "suspended": "suspended",
    "revoked": "revoked",
    "surrendered": "surrendered",
}
LANGUAGES = {
    "sq": "sq",
    "al": "sq",
    "sr": "sr",
    "sr-cyrl": "sr",
    "sr-latn": "sr-latn",
    "en": "en",
}
# Folded words of the three languages; "niveli bazik" and "osnovni nivo" say the same as "basic".
LEVELS = {
    "basic": {"basic", "bazik", "baze", "osnovni", "bazicni"},
    "secondary": {"secondary", "sekondar", "sekundar", "sekundarni", "srednji"},
    "high": {"high", "i larte", "larte", "visoki", "visok"},
}
CATEGORIES = {
    "field_professional": {
        "field professional",
        "field professionals",
        "profesionist i fushes",
        "profesioniste te fushes",
        "profesionalac u oblasti",
    },
    "professional_worker": {
        "professional worker",
        "professional workers",
        "punonjes profesional",
        "punonjes profesionale",
        "strucni radnik",
    },
}
_LEVEL_WORDS = {"level", "niveli", "nivel", "nivo"}
_DATE = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\.?|(\d{4})-(\d{2})-(\d{2})")


def a_date(text: str) -> datetime.date | None:
    """``text`` as a date, written 2026-03-31 or 31.3.2026; None when it is neither or no such day exists."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    day, month, year = match.group(1, 2, 3) if match.group(1) else match.group(6, 5, 4)
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None


def status(text: str) -> str | None:
    """The status ``text`` names, as one of STATUSES; None when it names none."""
    word = text.strip().lower().replace(" ", "_").replace("-", "_")
    return word if word in STATUSES else None


def language(text: str) -> str | None:
    """The language ``text`` names, as the product writes it; None when it is another."""
    return LANGUAGES.get(text.strip().lower().replace("_", "-"))


def level(folded: str, text: str) -> str:
    """The level that ``text`` (``folded`` in plain letters) names; a level that is not known stays as it is written."""
    words = " ".join(word for word in folded.split() if word not in _LEVEL_WORDS)
    return next((key for key, spellings in LEVELS.items() if words in spellings), text)


def category(folded: str, text: str) -> str:
    """The category that ``text`` names; another one stays as it is written."""
    return next((key for key, spellings in CATEGORIES.items() if folded in spellings), text)


def licence_number(text: str) -> str:
    """A licence number as it is stored: composed letters and single blanks; letters and case stay."""
    return " ".join(unicodedata.normalize("NFC", text).split())
