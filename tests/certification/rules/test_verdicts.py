"""Which of the seven answers follows from what was found."""

import pytest

from certification.rules.validity import Standing
from certification.rules.verdicts import Verdict, verdict

pytestmark = pytest.mark.once


@pytest.mark.parametrize("standing", Standing)
def test_what_was_altered_is_not_genuine_however_it_stands(standing):
    assert verdict(standing, altered=True, unchecked=True) == Verdict.NOT_GENUINE


def test_what_could_not_be_checked_is_never_called_valid_and_a_decision_against_it_stands():
    answers = {standing: verdict(standing, altered=False, unchecked=True) for standing in Standing}

    assert answers == {
        Standing.VALID: Verdict.CANNOT_CHECK,
        Standing.EXPIRED: Verdict.EXPIRED,
        Standing.SUSPENDED: Verdict.SUSPENDED,
        Standing.REVOKED: Verdict.REVOKED,
        Standing.SUPERSEDED: Verdict.REPLACED,
    }


def test_only_a_valid_one_ends_a_command_with_zero():
    assert {each: each.exit_code for each in Verdict} == {
        Verdict.VALID: 0,
        Verdict.EXPIRED: 1,
        Verdict.SUSPENDED: 1,
        Verdict.REVOKED: 1,
        Verdict.REPLACED: 1,
        Verdict.NOT_GENUINE: 1,
        Verdict.CANNOT_CHECK: 2,
    }
