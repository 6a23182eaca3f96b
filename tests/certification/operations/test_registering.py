"""Acts on a licence: each a row in the ledger, the terms beside the licence their fold."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification import holdings
from certification.models import IssuingBody, Licence
from certification.operations import registering
from certification.rules.standing import LicenceStanding, fold, standing_by_ledger
from lms.kernel import clock
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)


@pytest.fixture
def today():
    return clock.local_day()


@pytest.fixture
def officer():
    return UserFactory()


@pytest.fixture
def licence(today, officer):
    return _granted(today - timedelta(days=100), officer)


def _granted(valid_from, by, number="L-1", months=36, **facts):
    body, _created = IssuingBody.objects.get_or_create(code="COUNCIL", defaults={"names": {"en": "Council"}})
    facts = {"person": PersonFactory(), "level": "basic"} | facts
    return registering.grant(
        facts.pop("person"), number=number, body=body, valid_from=valid_from, months=months, by=by, **facts
    )


def test_granting_writes_the_licence_and_its_first_row(officer):
    licence = _granted(date(2024, 2, 29), officer, decision_number="7/2024")

    event = licence.events.get()
    assert (licence.valid_to, licence.level, licence.state) == (date(2027, 2, 28), "basic", "granted")
    assert (event.kind, event.decision_number, event.recorded_by) == ("granted", "7/2024", officer)


def test_a_body_gives_a_number_once(licence, officer):
    with pytest.raises(registering.NumberTaken, match="L-1"):
        _granted(date(2026, 1, 1), officer)

    assert Licence.objects.count() == 1


def test_renewing_ahead_of_time_begins_the_day_after_the_last_one(licence, officer, today):
    renewed = registering.renew(licence, months=36, by=officer)

    assert renewed.terms.term_from == licence.valid_to + ONE_DAY
    assert renewed.valid_from == licence.valid_from
    assert holdings.standing_of(renewed, today) == LicenceStanding.VALID


def test_renewing_after_the_end_begins_today_and_leaves_the_gap(officer, today):
    licence = _granted(today - timedelta(days=500), officer, months=12)

    renewed = registering.renew(licence, months=36, by=officer)

    assert renewed.valid_from == today
    assert holdings.standing_of(renewed, today - timedelta(days=300)) == LicenceStanding.VALID
    assert not holdings.holds_valid(renewed.person, today - timedelta(days=50))


def test_a_revoked_licence_cannot_be_renewed(licence, officer, today):
    registering.revoke(licence, effective_on=today, reason="Decision of the commission", by=officer)

    with pytest.raises(
        registering.LicenceEnded,
        match=r"Licence L-1 is revoked; a revoked licence cannot be renewed\. Grant a new one\.",
    ):
        registering.renew(licence, months=36, by=officer)


@pytest.mark.parametrize(
    ("before", "act", "error"),
    [
        ([], "reinstate", registering.NotSuspended),
        (["suspend"], "suspend", registering.LicenceSuspended),
        (["surrender"], "suspend", registering.LicenceEnded),
        (["revoke"], "reinstate", registering.LicenceEnded),
        (["suspend", "revoke"], "surrender", registering.LicenceEnded),
    ],
)
def test_impossible_steps_are_refused_by_name(licence, officer, today, before, act, error):
    for step in before:
        getattr(registering, step)(licence, effective_on=today, by=officer)
    count = licence.events.count()

    with pytest.raises(error, match="L-1"):
        getattr(registering, act)(licence, effective_on=today, by=officer)

    assert licence.events.count() == count


def test_a_suspended_licence_is_not_renewed(licence, officer, today):
    registering.suspend(licence, effective_on=today, by=officer)

    with pytest.raises(registering.LicenceSuspended, match="Reinstate it first"):
        registering.renew(licence, months=36, by=officer)


def test_an_act_never_takes_effect_before_the_last_one(licence, officer, today):
    registering.suspend(licence, effective_on=today - ONE_DAY, by=officer)

    with pytest.raises(registering.WrongDay, match="Choose that day or a later one"):
        registering.reinstate(licence, effective_on=today - 2 * ONE_DAY, by=officer)


def test_the_end_of_a_suspension_is_entered_on_the_day(licence, officer, today):
    registering.suspend(licence, effective_on=today, by=officer)

    with pytest.raises(registering.WrongDay, match="on the day it takes effect"):
        registering.reinstate(licence, effective_on=today + ONE_DAY, by=officer)


def test_an_expired_licence_has_nothing_to_suspend(officer, today):
    licence = _granted(today - timedelta(days=500), officer, months=12)

    with pytest.raises(registering.WrongDay, match="nothing to suspend"):
        registering.suspend(licence, effective_on=today, by=officer)


def test_a_correction_says_something_new(licence, officer):
    with pytest.raises(registering.NothingToDo):
        registering.correct(
            licence, valid_from=licence.valid_from, valid_to=licence.valid_to, level="basic", category="", by=officer
        )

    corrected = registering.correct(
        licence, valid_from=licence.valid_from, valid_to=None, level="high", category="", reason="typo", by=officer
    )

    assert (corrected.level, corrected.valid_to) == ("high", None)


def test_a_renewal_that_would_shorten_the_licence_is_refused(licence, officer):
    with pytest.raises(registering.WrongDay):
        registering.renew(licence, valid_to=licence.valid_to - ONE_DAY, by=officer)


def test_standing_in_the_past_is_read_from_the_ledger(licence, officer, today):
    registering.suspend(licence, effective_on=today - timedelta(days=50), by=officer)
    registering.reinstate(licence, effective_on=today - timedelta(days=40), by=officer)

    days = [today - timedelta(days=number) for number in (60, 45, 40, 0)]

    assert [holdings.holds_valid(licence.person, on) for on in days] == [True, False, True, True]


def test_licences_of_many_persons_cost_two_statements(officer, today, django_assert_num_queries):
    persons = [_granted(today, officer, number=f"L-{number}").person.pk for number in range(3)]

    with django_assert_num_queries(2):
        one = holdings.licences_of_many(persons[:1], today)
    with django_assert_num_queries(2):
        three = holdings.licences_of_many(persons, today)

    assert (len(one), len(three)) == (1, 3)
    assert three[persons[0]][0].days_left == (three[persons[0]][0].valid_to - today).days


def test_a_licence_in_force_comes_before_one_that_is_not(officer, today):
    person = PersonFactory()
    _granted(today - timedelta(days=500), officer, number="L-old", months=12, person=person)
    _granted(today, officer, number="L-new", person=person)

    assert [view.number for view in holdings.licences_of(person)] == ["L-new", "L-old"]


def test_a_programme_for_licence_holders_says_why_not(licence, officer, today):
    registering.suspend(licence, effective_on=today, by=officer)

    said = holdings.what_a_licence_lacks(licence.person, None, today)

    assert said == "This programme needs a licence in force. Your licence L-1 is suspended. Ask the Council."
    assert holdings.what_a_licence_lacks(licence.person, None, today - ONE_DAY) is None
    assert "no licence is recorded" in holdings.what_a_licence_lacks(PersonFactory(), None, today)


_steps = st.lists(
    st.tuples(
        st.sampled_from(["renew", "suspend", "reinstate", "revoke", "surrender", "correct"]), st.integers(-30, 30)
    ),
    max_size=7,
)


@given(steps=_steps, begun=st.integers(0, 500), months=st.integers(1, 24))
def test_what_stands_beside_a_licence_is_always_the_fold_of_its_ledger(steps, begun, months):
    today = clock.local_day()
    number = f"H-{Licence.objects.count()}"
    licence = _granted(today - timedelta(days=begun), None, number=number, months=months)

    for act, days in steps:
        try:
            if act == "renew":
                registering.renew(licence, months=months, by=None)
            elif act == "correct":
                first = licence.terms.term_from + timedelta(days=days)
                registering.correct(
                    licence, valid_from=first, valid_to=first + 90 * ONE_DAY, level="high", category="", by=None
                )
            else:
                getattr(registering, act)(licence, effective_on=today + timedelta(days=days), by=None)
        except registering.RegisterError:
            continue
        finally:
            licence = Licence.objects.get(pk=licence.pk)

    acts = holdings.acts_of(licence)
    assert licence.terms == fold(acts)
    for days in (-400, -20, -1, 0, 1, 20, 400):
        on = today + timedelta(days=days)
        assert holdings.standing_of(licence, on) == standing_by_ledger(on, acts)
        # The database answers like the rule.
        asked = [
            standing for standing in LicenceStanding if Licence.objects.filter(pk=licence.pk).standing(standing, on)
        ]
        assert asked == [licence.standing(on)]
