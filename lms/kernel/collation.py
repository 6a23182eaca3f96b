"""The order of names in a list: the Albanian alphabet, its two-letter letters included; Cyrillic comes after."""

import unicodedata
from functools import lru_cache

# dh comes after d, gj after g, and so on. Letters of the neighbours stand after the one they are nearest to.
_ALBANIAN = "a b c ç č ć d dh đ e ë f g gj h i j k l ll m n nj o p q r rr s sh š t th u v w x xh y z zh ž".split()  # noqa: SIM905 - an alphabet reads best as one line
_SERBIAN = "а б в г д ђ е ж з и ј к л љ м н њ о п р с т ћ у ф х ц ч џ ш".split()  # noqa: SIM905
_RANK = {letter: rank for rank, letter in enumerate(_ALBANIAN, 1)}
_RANK |= {letter: rank for rank, letter in enumerate(_SERBIAN, 100)}
_LONGEST = max(len(letter) for letter in _RANK)
_UNKNOWN = 1000  # other scripts, after all, in the order of their code points
_TURKISH = str.maketrans("İı", "ii")  # one letter here; Python keeps the dotless one apart when it folds case

Key = tuple[tuple[int, ...], ...]


def collation_key(*texts: str) -> Key:
    """A key to sort by ``texts``, the first one first (surname, given name). Add an id to break ties.

    >>> sorted(["Dhima", "Dushi", "Xhafa", "Xeka"], key=collation_key)
    ['Dushi', 'Dhima', 'Xeka', 'Xhafa']
    """
    return tuple(_ranks(text) for text in texts)


@lru_cache(maxsize=16384)  # the same surnames come again and again
def _ranks(text: str) -> tuple[int, ...]:
    letters = unicodedata.normalize("NFC", text.translate(_TURKISH)).casefold()
    ranks: list[int] = []
    position = 0
    while position < len(letters):
        for length in range(_LONGEST, 0, -1):
            rank = _RANK.get(letters[position : position + length])
            if rank is not None:
                ranks.append(rank)
                position += length
                break
        else:
            rank = _rank_of_other(letters[position])
            if rank is not None:
                ranks.append(rank)
            position += 1
    return tuple(ranks)


def _rank_of_other(letter: str) -> int | None:
    """A blank or hyphen comes before every letter; á counts as a; an apostrophe does not count."""
    if letter.isspace() or letter in "-‐–":
        return 0
    if not letter.isalnum():
        return None
    base = unicodedata.normalize("NFKD", letter)[0]
    return _RANK.get(base, _UNKNOWN + ord(letter))
