"""Numbers on a certificate: the public number with its check symbols, the access code, and the internal serial.

A public number is ten random symbols and two check symbols of Crockford's base 32 (no I, L, O, U). The check symbols
make it a word of a Reed-Solomon code over the field of 32 elements: any one or two wrong symbols, and any two
symbols that changed places, are noticed before anything is looked up.
"""

import hashlib
import hmac
import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_SYMBOLS = 10
LENGTH = 12
GROUP = 4

# What people type for a symbol that looks the same: letters for digits, and Cyrillic from a Serbian keyboard.
_LOOK_ALIKES = str.maketrans(
    {
        "O": "0", "I": "1", "L": "1", "İ": "1", "|": "1",
        "А": "A", "В": "B", "Е": "E", "К": "K", "М": "M", "Н": "H", "О": "0", "Р": "P", "С": "C", "Т": "T",
        "Х": "X", "Ј": "J", "У": "Y", "Ѕ": "S", "І": "1",
    }
)  # fmt: skip

# The field of 32 elements: powers of a root of x⁵ + x² + 1 and their logarithms.
_POWER = [1]
for _ in range(30):
    _next = _POWER[-1] << 1
    _POWER.append(_next ^ 0b100101 if _next & 32 else _next)
_LOGARITHM = {value: exponent for exponent, value in enumerate(_POWER)}


def _times(one: int, other: int) -> int:
    return _POWER[(_LOGARITHM[one] + _LOGARITHM[other]) % 31] if one and other else 0


def _over(one: int, other: int) -> int:
    return _POWER[(_LOGARITHM[one] - _LOGARITHM[other]) % 31] if one else 0


def _syndromes(values: list[int]) -> tuple[int, int]:
    """Both are zero exactly for a right number: Σ cᵢ·αⁱ and Σ cᵢ·α²ⁱ."""
    first = second = 0
    for place, value in enumerate(values):
        first ^= _times(value, _POWER[place % 31])
        second ^= _times(value, _POWER[2 * place % 31])
    return first, second


def with_check_symbols(random_part: str) -> str:
    """``random_part`` (ten symbols) followed by the two symbols that make both sums zero."""
    first, second = _syndromes([ALPHABET.index(symbol) for symbol in random_part])
    # p·α¹⁰ + q·α¹¹ = first and p·α²⁰ + q·α²² = second, solved for p and q.
    ten, eleven = _POWER[10], _POWER[11]
    ten_squared, eleven_squared = _POWER[20], _POWER[22]
    determinant = _times(ten, eleven_squared) ^ _times(eleven, ten_squared)
    p = _over(_times(first, eleven_squared) ^ _times(eleven, second), determinant)
    q = _over(_times(ten, second) ^ _times(ten_squared, first), determinant)
    return random_part + ALPHABET[p] + ALPHABET[q]


def new_number() -> str:
    """A new public number from the system's randomness: 50 random bits and two check symbols."""
    return with_check_symbols(new_access_code())


def new_access_code() -> str:
    """A new access code: ten random symbols (50 bits). Only its keyed hash is ever stored."""
    return "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_SYMBOLS))


def normalise(typed: str) -> str:
    """``typed`` as it is stored: compatibility forms, case, blanks, hyphens and look-alike letters do not matter.

    >>> normalise("hz1j–652J fwкр"), normalise("OIL0")
    ('HZ1J652JFWKP', '0110')
    """
    text = unicodedata.normalize("NFKC", typed).upper()
    kept = "".join(letter for letter in text if unicodedata.category(letter)[0] not in "ZCP" or letter == "|")
    return kept.translate(_LOOK_ALIKES)


def check(number: str) -> bool:
    """Is ``number`` (normalised) twelve known symbols whose check symbols fit?"""
    return len(number) == LENGTH and set(number) <= set(ALPHABET) and _syndromes(_values(number)) == (0, 0)


def suspect_group(number: str) -> int | None:
    """Which group of four (1, 2, 3) holds the mistake, if one wrong symbol explains it; else None.

    A single error e in place j gives the sums e·αʲ and e·α²ʲ, so their quotient names the place.
    """
    if len(number) != LENGTH:
        return None
    for place, symbol in enumerate(number):
        if symbol not in ALPHABET:
            return place // GROUP + 1
    first, second = _syndromes(_values(number))
    if not first or not second:
        return None
    place = _LOGARITHM[_over(second, first)]
    return place // GROUP + 1 if place < LENGTH else None


def _values(number: str) -> list[int]:
    return [ALPHABET.index(symbol) for symbol in number]


def grouped(symbols: str, size: int = GROUP) -> str:
    """``symbols`` in groups for the eye: HZ1J-652J-FWKP."""
    return "-".join(symbols[start : start + size] for start in range(0, len(symbols), size))


def access_code_hmac(number: str, code: str, *, key: str) -> str:
    """The keyed hash of ``code`` for the certificate ``number``; a code fits its own number only."""
    return hmac.new(key.encode(), f"{number}:{normalise(code)}".encode(), hashlib.sha256).hexdigest()


def serial(year: int, programme_code: str, position: int) -> str:
    """The internal serial, which follows the order of issue: 2026-REF-000257."""
    return f"{year}-{programme_code}-{position:06d}"
