"""Municipalities by the names people write."""

import pytest

from lms.people.models import Municipality
from lms.people.operations.loading_municipalities import load_municipalities
from lms.people.places import Places, UnknownPlace

pytestmark = pytest.mark.django_db


@pytest.fixture
def places():
    load_municipalities()
    return Places()


def test_a_second_loading_changes_nothing():
    first = load_municipalities()

    assert (first, load_municipalities()) == ((99, 0, 0), (0, 0, 99))


def test_a_row_that_drifted_is_put_right():
    load_municipalities()
    Municipality.objects.filter(key="XK-19").update(names={"sq": "X"})

    assert load_municipalities() == (0, 1, 98)
    assert Municipality.objects.get(key="XK-19").names["sr"] == "Приштина"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Prishtinë", "XK-19"),
        ("prishtina", "XK-19"),
        ("Приштина", "XK-19"),
        ("Priština", "XK-19"),
        ("Peć", "XK-17"),
        ("Gjakova", "XK-02"),
        ("Drenas", "XK-03"),
        ("19", "XK-19"),
        ("xk-11", "XK-11"),
        ("AL-klos", "AL-klos"),
    ],
)
def test_a_place_is_found_by_any_of_its_names_or_its_code(places, text, key):
    assert places.find(text).key == key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Klos", "AL-klos"),
        ("Mitrovicë", "XK-11"),
        ("Pristna", "XK-19"),
        ("Nowhere", "such as XK-19"),
    ],
)
def test_a_place_that_is_not_clear_is_asked_about(places, text, said):
    with pytest.raises(UnknownPlace, match=said):
        places.find(text)
