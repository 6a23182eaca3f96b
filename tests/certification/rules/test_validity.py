"""Validity: dates and acts folded to one standing."""

from datetime import date

import pytest

from certification.rules.validity import Act, Found, Standing, standing_on, valid_until

ISSUED = Act("issued", date(2026, 3, 1))


def test_a_certificate_without_end_stays_valid():
    assert standing_on(date(2090, 1, 1), [ISSUED], None) == Found(Standing.VALID)


def test_the_last_valid_day_counts_whole():
    until = date(2026, 11, 22)

    assert standing_on(date(2026, 11, 22), [ISSUED], until).standing == Standing.VALID
    assert standing_on(date(2026, 11, 23), [ISSUED], until) == Found(Standing.EXPIRED, until)


@pytest.mark.parametrize(
    ("valid_from", "months", "last"),
    [
        (date(2024, 2, 29), 36, date(2027, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
    ],
)
def test_validity_is_counted_in_calendar_months(valid_from, months, last):
    assert valid_until(valid_from, months) == last


def test_a_certificate_for_life_has_no_last_day():
    assert valid_until(date(2026, 1, 1), None) is None


def test_revoked_wins_over_expired():
    acts = [ISSUED, Act("revoked", date(2026, 5, 1))]

    assert standing_on(date(2027, 1, 1), acts, date(2026, 6, 1)) == Found(Standing.REVOKED, date(2026, 5, 1))


def test_a_suspension_lasts_until_it_is_lifted():
    acts = [ISSUED, Act("suspended", date(2026, 5, 1)), Act("reinstated", date(2026, 6, 1))]

    assert standing_on(date(2026, 4, 30), acts, None).standing == Standing.VALID
    assert standing_on(date(2026, 5, 1), acts, None).standing == Standing.SUSPENDED
    assert standing_on(date(2026, 6, 1), acts, None).standing == Standing.VALID


def test_a_revoked_certificate_stays_revoked():
    acts = [ISSUED, Act("revoked", date(2026, 5, 1)), Act("reinstated", date(2026, 6, 1))]

    assert standing_on(date(2026, 7, 1), acts, None).standing == Standing.REVOKED


def test_a_replaced_certificate_stays_replaced():
    acts = [ISSUED, Act("superseded", date(2026, 5, 1)), Act("reinstated", date(2026, 6, 1))]

    assert standing_on(date(2026, 7, 1), acts, date(2026, 6, 15)).standing == Standing.SUPERSEDED
