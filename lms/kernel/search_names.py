"""Folding names and places so that a search finds them without diacritics and in either script.

Folding is for search only: nothing folded is ever shown or printed. A name gets one stored key that holds
every form a person may type, separated by blanks (I2 of the behaviours: đ is typed d or dj, č is typed c or ch …).
"""

import unicodedata

# Serbian Cyrillic to Latin, one direction only: the other is not deterministic.
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "ђ": "đ", "е": "e", "ж": "ž", "з": "z", "и": "i",
    "ј": "j", "к": "k", "л": "l", "љ": "lj", "м": "m", "н": "n", "њ": "nj", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "ћ": "ć", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "č", "џ": "dž", "ш": "š",
}  # fmt: skip
# The plain letter first, then how people write the sound without the mark or in the neighbour's spelling.
_PLAIN = {"đ": "d", "ž": "z", "š": "s", "č": "c", "ć": "c", "ç": "c", "ë": "e", "ı": "i", "ł": "l", "ø": "o", "ð": "d"}
_SOUNDED = {"đ": "dj", "ž": "zh", "š": "sh", "č": "ch", "ć": "q", "ç": "ch", "dž": "xh", "ð": "dj"}
_DEFINITE = ("ja", "a", "i", "u")


def to_latin(text: str) -> str:
    """Serbian Cyrillic letters of ``text`` in Serbian Latin; everything else as it is.

    >>> to_latin("Његош"), to_latin("ЊЕГОШ"), to_latin("КОЊ")
    ('Njegoš', 'NJEGOŠ', 'KONJ')
    """
    out = []
    for position, letter in enumerate(text):
        latin = _CYRILLIC.get(letter.lower())
        if latin is None:
            out.append(letter)
        elif letter.isupper():
            before, after = text[max(position - 1, 0) : position], text[position + 1 : position + 2]
            in_capitals = after.isupper() or (before.isupper() and not after.isalpha())
            out.append(latin.upper() if in_capitals else latin.capitalize())
        else:
            out.append(latin)
    return "".join(out)


def fold(text: str) -> str:
    """One plain lower-case Latin form of ``text``: marks stripped, Cyrillic transcribed, blanks single.

    >>> fold("Љубиша  Џамбић"), fold("Gülşen KIRVEŞ"), fold("Đukić")
    ('ljubisa dzambic', 'gulsen kirves', 'dukic')
    """
    return _fold(text, _PLAIN)


# A register of a hundred thousand names is folded four times over; translation tables make that seconds.
_TO_LATIN = str.maketrans(_CYRILLIC)
_TO_PLAIN = str.maketrans(_PLAIN)
_TO_SOUNDED = str.maketrans(_PLAIN | {letter: sound for letter, sound in _SOUNDED.items() if len(letter) == 1})


def _fold(text: str, table: dict[str, str]) -> str:
    text = unicodedata.normalize("NFC", text).replace("İ", "i").lower().translate(_TO_LATIN)
    if table is _SOUNDED:
        text = text.replace("dž", "xh")
    text = text.translate(_TO_SOUNDED if table is _SOUNDED else _TO_PLAIN)
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    if not text.replace(" ", "").isalnum():
        text = "".join(letter if letter.isalnum() else " " for letter in text)
    return " ".join(text.split())


# Albanian and typed spellings of a sound, each as the plain letters of its Serbian spelling.
_SAME_SOUND = (("dj", "d"), ("gj", "d"), ("xh", "dz"), ("zh", "z"), ("sh", "s"), ("ch", "c"), ("q", "c"))


def loose(folded: str) -> str:
    """One form for all spellings of the same sounds, of text that is folded already.

    >>> loose("djukic"), loose("dukic"), loose("gjukiq"), loose("hoxha"), loose("gashi")
    ('dukic', 'dukic', 'dukic', 'hodza', 'gasi')
    """
    for spelling, plain in _SAME_SOUND:
        folded = folded.replace(spelling, plain)
    return folded


def search_key(*texts: str) -> str:
    """Everything ``texts`` may be searched by: the plain, the sounded and the loose form, each where it differs."""
    joined = " ".join(text for text in texts if text)
    plain = fold(joined)
    return " | ".join(dict.fromkeys((plain, _fold(joined, _SOUNDED), loose(plain))))


def spellings(words: str) -> list[tuple[str, ...]]:
    """For each word of what somebody typed, the forms of which one must be in a search key.

    >>> spellings("Ana Djukic")
    [('ana',), ('djukic', 'dukic')]
    """
    return [tuple(dict.fromkeys((word, loose(word)))) for word in fold(words).split()]


def place_keys(name: str) -> set[str]:
    """Folded forms of an Albanian place name, indefinite and definite (Pejë, Peja → peje, peja, pej)."""
    folded = fold(name)
    stems = {folded}
    for ending in ("e", *_DEFINITE):
        if folded.endswith(ending) and len(folded) - len(ending) >= 3:
            stems.add(folded[: -len(ending)])
    return stems
