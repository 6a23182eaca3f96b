"""Rows that never change are read once, those that are missing at once."""

from lms.pages.remembering import forget, remembered_rows


def test_only_what_is_not_known_is_read_and_all_of_it_at_once():
    asked = []

    def read(keys):
        asked.append(keys)
        return {key: key * 10 for key in keys}

    assert remembered_rows("tens", [1, 2], read) == {1: 10, 2: 20}
    assert remembered_rows("tens", [2, 3, 1, 4], read) == {1: 10, 2: 20, 3: 30, 4: 40}
    assert asked == [[1, 2], [3, 4]]


def test_kinds_are_kept_apart_and_what_does_not_exist_is_asked_again():
    asked = []

    def nothing(keys):
        asked.append(keys)
        return {}

    remembered_rows("tens", [1], lambda keys: {1: 10})

    assert remembered_rows("others", [1], nothing) == {}
    assert remembered_rows("others", [1], nothing) == {}
    assert asked == [[1], [1]]


def test_what_was_forgotten_is_read_again():
    remembered_rows("tens", [1], lambda keys: {1: 10})
    forget()

    assert remembered_rows("tens", [1], lambda keys: {1: 11}) == {1: 11}
