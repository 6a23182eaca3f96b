"""A name is found however it is typed: without marks, in either script, in the neighbour's spelling."""

import doctest

import pytest

from lms.kernel import search_names
from lms.kernel.search_names import fold, search_key, spellings


def is_found(typed: str, name: str) -> bool:
    key = search_key(name)
    return all(any(form in key for form in forms) for forms in spellings(typed))


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("Đukić", ["djukic", "dukic", "Gjukiq", "Ђукић"]),
        ("Шемсе Жугић", ["semse zugic", "Shemse Zhugiq", "Šemse Žugić"]),
        ("Hoxha", ["hodza", "Hodža", "Хоџа"]),
        ("Çelë", ["cele", "ÇELË", "chele"]),
        ("Његош", ["njegos", "Njegoš"]),
        ("İsmail Kırveş", ["ismail kirves", "ISMAIL KIRVES"]),
        ("Łukasz Møller", ["lukasz moller"]),  # letters that no decomposition splits
    ],
)
def test_a_name_is_found_in_every_spelling_a_person_may_type(name, ways):
    assert [typed for typed in [name, *ways] if not is_found(typed, name)] == []


def test_another_name_is_not_found():
    assert not is_found("Berisha", "Đukić")
    assert not is_found("Gashi", "Hoxha")


def test_composed_and_decomposed_letters_fold_alike():
    assert fold("Çelë") == fold("C\u0327ele\u0308") == "cele"


def test_the_examples_in_the_module_hold():
    assert doctest.testmod(search_names).failed == 0
