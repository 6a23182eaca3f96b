"""How a licence's ledger adds up and how it stands on a day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.rules.standing import (
    Act,
    ImpossibleLedger,
    LicenceStanding,
    Terms,
    apply,
    fold,
    standing_by_ledger,
    standing_on,
)

pytestmark = pytest.mark.once
GRANT = Act("granted", date(2023, 1, 1), date(2023, 1, 1), date(2025, 12, 31), "basic")


def day(number: int) -> date:
    return date(2023, 1, 1) + timedelta(days=number)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2022, 12, 31), LicenceStanding.NOT_YET_VALID),
        (date(2023, 1, 1), LicenceStanding.VALID),
        (date(2025, 12, 31), LicenceStanding.VALID),
        (date(2026, 1, 1), LicenceStanding.EXPIRED),
    ],
)
def test_both_end_days_are_valid_days(on, expected):
    terms = fold([GRANT])

    standing = standing_on(on, terms.valid_from, terms.valid_to, terms.state, terms.state_from)

    assert standing == expected


def test_a_licence_without_a_last_day_never_expires():
    assert standing_on(date(2100, 1, 1), date(2023, 1, 1), None, "granted", date(2023, 1, 1)) == LicenceStanding.VALID


def test_a_suspension_announced_for_later_does_not_hold_today():
    terms = apply(fold([GRANT]), Act("suspended", date(2024, 6, 1)))

    standings = [
        standing_on(on, terms.valid_from, terms.valid_to, terms.state, terms.state_from)
        for on in (date(2024, 5, 31), date(2024, 6, 1))
    ]

    assert standings == [LicenceStanding.VALID, LicenceStanding.SUSPENDED]


def test_revoked_says_more_than_expired():
    acts = [GRANT, Act("revoked", date(2024, 6, 1))]

    assert standing_by_ledger(date(2026, 6, 1), acts) == LicenceStanding.REVOKED


def test_the_ledger_remembers_a_suspension_that_is_over():
    acts = [GRANT, Act("suspended", date(2024, 2, 1)), Act("reinstated", date(2024, 3, 1))]

    standings = [standing_by_ledger(on, acts) for on in (date(2024, 1, 31), date(2024, 2, 15), date(2024, 3, 1))]

    assert standings == [LicenceStanding.VALID, LicenceStanding.SUSPENDED, LicenceStanding.VALID]


def test_a_renewal_ahead_of_time_leaves_no_day_without_validity():
    renewal = Act("renewed", date(2026, 1, 1), date(2026, 1, 1), date(2028, 12, 31), "basic")

    terms = apply(fold([GRANT]), renewal)

    assert terms == Terms(
        valid_from=date(2023, 1, 1),
        term_from=date(2026, 1, 1),
        valid_to=date(2028, 12, 31),
        state="granted",
        state_from=date(2023, 1, 1),
        level="basic",
    )


def test_a_renewal_after_a_gap_begins_anew_and_the_gap_stays_a_gap():
    acts = [GRANT, Act("renewed", date(2026, 3, 1), date(2026, 3, 1), date(2029, 2, 28), "basic")]

    standings = [standing_by_ledger(on, acts) for on in (date(2025, 6, 1), date(2026, 2, 1), date(2026, 3, 1))]

    assert fold(acts).valid_from == date(2026, 3, 1)
    assert standings == [LicenceStanding.VALID, LicenceStanding.NOT_YET_VALID, LicenceStanding.VALID]


def test_a_correction_of_the_level_keeps_the_unbroken_validity():
    renewal = Act("renewed", date(2026, 1, 1), date(2026, 1, 1), date(2028, 12, 31), "basic")
    correction = Act("corrected", date(2026, 2, 1), date(2026, 1, 1), date(2028, 12, 31), "high")

    terms = fold([GRANT, renewal, correction])

    assert (terms.valid_from, terms.level) == (date(2023, 1, 1), "high")


@pytest.mark.parametrize("acts", [[], [Act("suspended", date(2024, 1, 1))], [GRANT, GRANT], [Act("granted", day(1))]])
def test_a_ledger_holds_one_grant_at_its_beginning(acts):
    with pytest.raises(ImpossibleLedger):
        fold(acts)


@st.composite
def ledgers(draw):
    """Ledgers as the operations write them: state acts in the order of their days, renewals that leave no overlap."""
    terms = None
    acts = [Act("granted", day(0), day(0), day(draw(st.integers(30, 400))))]
    terms = fold(acts)
    for _step in range(draw(st.integers(0, 6))):
        kinds = {"granted": ["renewed", "suspended", "corrected"], "suspended": ["reinstated", "corrected"]}
        kind = draw(st.sampled_from(kinds[terms.state]))
        if kind == "renewed":
            first = terms.valid_to + timedelta(days=draw(st.integers(1, 40)))
            act = Act(kind, first, first, first + timedelta(days=draw(st.integers(0, 300))))
        elif kind == "corrected":
            act = Act(kind, day(0), terms.term_from, terms.term_from + timedelta(days=draw(st.integers(0, 400))))
        else:
            act = Act(kind, terms.state_from + timedelta(days=draw(st.integers(0, 100))))
        acts.append(act)
        terms = apply(terms, act)
    return acts


@given(ledgers(), st.integers(0, 2000))
def test_the_terms_beside_a_licence_answer_like_its_ledger_from_the_last_change_on(acts, later):
    terms = fold(acts)
    on = max(terms.valid_from, terms.state_from) + timedelta(days=later)

    by_terms = standing_on(on, terms.valid_from, terms.valid_to, terms.state, terms.state_from)

    assert by_terms == standing_by_ledger(on, acts)
