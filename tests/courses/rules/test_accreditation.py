"""Submitted is not accredited, and an accreditation holds on both its end days."""

from datetime import date, timedelta

import pytest

from courses.rules.accreditation import Accreditation, Claim, standing

FIRST, LAST = date(2024, 3, 1), date(2027, 2, 28)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (FIRST - timedelta(days=1), Accreditation.COMING),
        (FIRST, Accreditation.ACCREDITED),
        (LAST, Accreditation.ACCREDITED),
        (LAST + timedelta(days=1), Accreditation.EXPIRED),
    ],
)
def test_an_accreditation_holds_from_its_first_to_its_last_day(on, expected):
    assert standing("accredited", FIRST, LAST, on) == expected


@pytest.mark.parametrize("status", ["none", "submitted", "refused", "withdrawn"])
def test_what_was_not_granted_is_never_called_accredited(status):
    assert standing(status, FIRST, LAST, date(2025, 1, 1)) == status


def test_an_accreditation_without_a_last_day_goes_on():
    assert standing("accredited", FIRST, None, date(2099, 1, 1)) == Accreditation.ACCREDITED


def test_a_claim_is_read_from_what_an_edition_states_and_says_it_again():
    said = {"status": "accredited", "body": "NQA", "number": "5", "from": "2024-03-01", "to": "2027-02-28"}

    claim = Claim.of(said)

    assert claim == Claim("accredited", "NQA", "5", FIRST, LAST)
    assert claim.to_json() == said
    assert (claim.holds(LAST), claim.holds(LAST + timedelta(days=1))) == (True, False)


def test_an_edition_that_says_nothing_claims_nothing():
    assert Claim.of({}).standing(FIRST) == Accreditation.NONE
