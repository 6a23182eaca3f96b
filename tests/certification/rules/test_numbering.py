"""Numbering: what people mistype is noticed, what they type differently is understood."""

from hypothesis import given
from hypothesis import strategies as st

from certification.rules import numbering

random_parts = st.text(alphabet=numbering.ALPHABET, min_size=10, max_size=10)
symbols = st.sampled_from(numbering.ALPHABET)
places = st.integers(0, 11)


def changed(number, place, symbol):
    return number[:place] + symbol + number[place + 1 :]


@given(random_parts)
def test_a_new_number_passes_its_own_check(part):
    assert numbering.check(numbering.with_check_symbols(part))


def test_every_single_substitution_is_noticed():
    number = numbering.with_check_symbols("HZ1J652JFW")

    slipped = [
        (place, symbol)
        for place in range(12)
        for symbol in numbering.ALPHABET
        if symbol != number[place] and numbering.check(changed(number, place, symbol))
    ]

    assert slipped == []


@given(random_parts, places, places, symbols, symbols)
def test_any_two_substitutions_are_noticed(part, one, other, first, second):
    number = numbering.with_check_symbols(part)

    typed = changed(changed(number, one, first), other, second)

    assert numbering.check(typed) == (typed == number)


@given(random_parts, places, places)
def test_any_two_symbols_that_changed_places_are_noticed(part, one, other):
    number = numbering.with_check_symbols(part)

    typed = changed(changed(number, one, number[other]), other, number[one])

    assert numbering.check(typed) == (typed == number)


@given(random_parts, places, symbols)
def test_the_group_with_the_one_wrong_symbol_is_named(part, place, symbol):
    number = numbering.with_check_symbols(part)
    typed = changed(number, place, symbol)

    assert numbering.suspect_group(typed) == (None if typed == number else place // 4 + 1)


def test_a_number_of_another_length_or_with_other_letters_fails():
    number = numbering.with_check_symbols("HZ1J652JFW")

    assert not numbering.check(number[:-1])
    assert not numbering.check(number + "0")
    assert not numbering.check("U" + number[1:])
    assert not numbering.check("")
    assert numbering.suspect_group("U" + number[1:]) == 1
    assert numbering.suspect_group(number[:-1]) is None


def test_case_blanks_hyphens_and_look_alike_letters_do_not_matter():
    assert numbering.normalise(" hz1j - 652j—fwkp\n") == "HZ1J652JFWKP"
    assert numbering.normalise("ＨＺ１Ｊ") == "HZ1J"
    assert numbering.normalise("oOiIlL") == "001111"
    assert numbering.normalise("АВЕКМНОРСТХЈ") == "ABEKMH0PCTXJ"
    assert numbering.normalise("авекмнорстхј") == "ABEKMH0PCTXJ"


def test_new_numbers_and_codes_do_not_repeat():
    numbers = {numbering.new_number() for _ in range(500)}
    codes = {numbering.new_access_code() for _ in range(500)}

    assert (len(numbers), len(codes)) == (500, 500)
    assert all(numbering.check(number) for number in numbers)
    assert {len(code) for code in codes} == {10}


def test_an_access_code_fits_its_own_number_and_key_only():
    made = numbering.access_code_hmac("HZ1J652JFWKP", "7k2m9-qxd0o", key="k")

    assert made == numbering.access_code_hmac("HZ1J652JFWKP", "7K2M9QXD00", key="k")
    assert made != numbering.access_code_hmac("HZ1J652JFWKQ", "7K2M9QXD00", key="k")
    assert made != numbering.access_code_hmac("HZ1J652JFWKP", "7K2M9QXD00", key="other")


def test_numbers_are_shown_in_groups_and_serials_count():
    assert numbering.grouped("HZ1J652JFWKP") == "HZ1J-652J-FWKP"
    assert numbering.grouped("7K2M9QXD00", 5) == "7K2M9-QXD00"
    assert numbering.serial(2026, "REF", 257) == "2026-REF-000257"
