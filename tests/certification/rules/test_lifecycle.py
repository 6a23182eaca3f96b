"""The life of a certificate: every ledger that can be written, and every act that is refused."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.rules.lifecycle import (
    LEADS_TO,
    Bits,
    ImpossibleAct,
    State,
    Why,
    after,
    bits,
    fold,
    possible,
)
from certification.rules.validity import Act, Standing, standing_on

pytestmark = pytest.mark.once
FIRST_DAY = date(2026, 3, 1)
kinds = st.sampled_from(sorted(LEADS_TO))


@st.composite
def ledgers(draw):
    """The acts of a certificate that was issued: possible ones, effective on any day from the issue on."""
    acts, state = [Act("issued", FIRST_DAY)], State.ISSUED
    for _ in range(draw(st.integers(0, 8))):
        if not possible(state):
            break
        kind = draw(st.sampled_from(possible(state)))
        acts.append(Act(kind, FIRST_DAY + timedelta(days=draw(st.integers(0, 60)))))
        state = after(state, kind)
    return acts


def refused(events, **options):
    with pytest.raises(ImpossibleAct) as caught:
        fold(events, **options)
    return caught.value


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], State.DRAFT),
        (["approved"], State.APPROVED),
        (["approved", "issued"], State.ISSUED),
        (["approved", "issued", "suspended"], State.SUSPENDED),
        (["approved", "issued", "suspended", "reinstated"], State.ISSUED),
        (["approved", "issued", "suspended", "revoked"], State.REVOKED),
        (["approved", "issued", "suspended", "superseded"], State.SUPERSEDED),
        (["approved", "issued", "revoked"], State.REVOKED),
        (["approved", "issued", "superseded"], State.SUPERSEDED),
    ],
)
def test_a_certificate_lives_from_draft_to_its_end(events, state):
    assert fold(events) == state


def test_a_certificates_own_ledger_begins_where_it_is_issued():
    assert fold(["issued", "suspended"], begins=State.APPROVED) == State.SUSPENDED


@pytest.mark.parametrize(
    ("events", "why", "said"),
    [
        (["printed"], Why.UNKNOWN, "No act upon a certificate is called 'printed'."),
        (["issued"], Why.NOT_APPROVED, "A draft cannot be issued: somebody must approve it first."),
        (["revoked"], Why.NOT_ISSUED, "A certificate that is draft only cannot be revoked: it was not issued."),
        (["approved", "reinstated"], Why.NOT_ISSUED, "that is approved only cannot be reinstated"),
        (["approved", "approved"], Why.ALREADY, "The certificate is approved already; it cannot be approved."),
        (["approved", "issued", "issued"], Why.ALREADY, "The certificate is issued already; it cannot be issued."),
        (["approved", "issued", "approved"], Why.ALREADY, "The certificate is issued already; it cannot be approved."),
        (["approved", "issued", "reinstated"], Why.NOT_SUSPENDED, "is issued, not suspended; there is nothing to lift"),
        (["approved", "issued", "suspended", "suspended"], Why.ALREADY, "The certificate is suspended already"),
        (["approved", "issued", "revoked", "reinstated"], Why.FINAL, "is revoked, which is final; it cannot be rei"),
        (["approved", "issued", "revoked", "superseded"], Why.FINAL, "Issue a new one by a new decision."),
        (["approved", "issued", "superseded", "revoked"], Why.FINAL, "is superseded, which is final"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(events, why, said):
    error = refused(events)

    assert error.why == why
    assert error.kind == events[-1]
    assert said in str(error)


def test_a_certificate_with_one_status_entry_is_never_suspended():
    error = refused(["approved", "issued", "suspended"], may_be_suspended=False)

    assert (error.why, error.state) == (Why.NEVER_SUSPENDED, State.ISSUED)
    assert possible(State.ISSUED, may_be_suspended=False) == ("revoked", "superseded")
    assert fold(["approved", "issued", "revoked"], may_be_suspended=False) == State.REVOKED


def test_every_pair_of_state_and_act_is_either_possible_or_refused_with_a_reason():
    answers = {}
    for state, kind in product(State, LEADS_TO):
        if kind in possible(state):
            answers[state, kind] = after(state, kind)
        else:
            with pytest.raises(ImpossibleAct) as caught:
                after(state, kind)
            assert caught.value.why != Why.UNKNOWN

    assert answers == {
        (State.DRAFT, "approved"): State.APPROVED,
        (State.APPROVED, "issued"): State.ISSUED,
        (State.ISSUED, "suspended"): State.SUSPENDED,
        (State.ISSUED, "revoked"): State.REVOKED,
        (State.ISSUED, "superseded"): State.SUPERSEDED,
        (State.SUSPENDED, "reinstated"): State.ISSUED,
        (State.SUSPENDED, "revoked"): State.REVOKED,
        (State.SUSPENDED, "superseded"): State.SUPERSEDED,
    }


@given(st.lists(kinds, max_size=12))
def test_any_ledger_folds_up_to_the_first_act_that_cannot_be(events):
    state = State.DRAFT
    for place, kind in enumerate(events):
        if kind not in possible(state):
            assert refused(events).state == state
            assert fold(events[:place]) == state
            return
        state = after(state, kind)
    assert fold(events) == state


@given(ledgers())
def test_the_fold_agrees_with_how_the_certificate_stands_once_every_act_has_taken_effect(acts):
    state = fold((act.kind for act in acts), begins=State.APPROVED)

    standing = standing_on(FIRST_DAY + timedelta(days=61), acts, None).standing

    assert {State.ISSUED: "valid"}.get(state, state.value) == standing.value


@given(ledgers(), st.integers(0, 70))
def test_a_revocation_bit_that_was_set_stays_set_as_days_pass(acts, days):
    until = FIRST_DAY + timedelta(days=30)
    told = [
        bits(standing_on(FIRST_DAY + timedelta(days=day), acts, until).standing).revocation for day in range(days, 72)
    ]

    assert told == sorted(told)


@given(ledgers())
def test_a_revocation_bit_that_was_set_stays_set_whatever_is_entered(acts):
    today = FIRST_DAY + timedelta(days=61)
    told = [bits(standing_on(today, acts[:count], None).standing).revocation for count in range(1, len(acts) + 1)]

    assert told == sorted(told)


@given(ledgers(), st.integers(0, 70), st.integers(0, 70))
def test_a_decision_says_more_than_a_date(acts, day, last):
    today, until = FIRST_DAY + timedelta(days=day), FIRST_DAY + timedelta(days=last)

    for_life, dated = standing_on(today, acts, None).standing, standing_on(today, acts, until).standing

    assert dated == (Standing.EXPIRED if for_life == Standing.VALID and today > until else for_life)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing.VALID, Bits(revocation=False, suspension=False)),
        (Standing.EXPIRED, Bits(revocation=False, suspension=False)),
        (Standing.SUSPENDED, Bits(revocation=False, suspension=True)),
        (Standing.REVOKED, Bits(revocation=True, suspension=False)),
        (Standing.SUPERSEDED, Bits(revocation=True, suspension=False)),
    ],
)
def test_bits_follow_the_standing(standing, expected):
    assert bits(standing) == expected


def test_revoked_wins_over_expired_and_over_the_suspension_before_it():
    acts = [Act("issued", FIRST_DAY), Act("suspended", date(2026, 4, 1)), Act("revoked", date(2026, 5, 1))]

    standing = standing_on(date(2027, 1, 1), acts, date(2026, 6, 1)).standing

    assert standing == Standing.REVOKED
    assert bits(standing) == Bits(revocation=True, suspension=False)
