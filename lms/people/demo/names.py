"""Fictional persons put together from common names; the same ones every time."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import yaml


def persons(start: int = 26) -> Iterator[dict[str, str]]:
    """Endless fictional persons, numbered from ``start``: given name, surname, father's name, language, nine digits.

    Nine of a hundred are Serbian, two of a hundred Turkish, as a mixed list would be. Namesakes occur, as they do.
    """
    lists = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text(encoding="utf-8"))
    for number in count(start):
        share = number % 100
        origin = lists["serbian" if share < 9 else "turkish" if share < 11 else "albanian"]
        given, fathers, surnames = origin["given"].split(), origin["father"].split(), origin["surname"].split()
        yield {
            "given_name": given[(number * 7) % len(given)],
            "surname": surnames[(number * 11 + number // len(given)) % len(surnames)],
            "father_name": fathers[(number * 5 + number // 13) % len(fathers)],
            "language": origin["language"],
            "digits": f"{number:09d}",
        }
