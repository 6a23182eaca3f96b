"""When a certificate was really entered is what the witness saw."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from certification.rules.witnessing import is_entered_later

pytestmark = pytest.mark.once

PRISTINA = ZoneInfo("Europe/Belgrade")


@pytest.mark.parametrize(
    ("seen", "is_later"),
    [
        (datetime(2026, 11, 22, 12, tzinfo=PRISTINA), False),
        (datetime(2026, 11, 23, 23, 59, tzinfo=PRISTINA), False),
        (datetime(2026, 11, 24, 0, 1, tzinfo=PRISTINA), True),
        (datetime(2027, 11, 22, 12, tzinfo=PRISTINA), True),
        (datetime(2026, 11, 21, 0, 1, tzinfo=PRISTINA), False),
        (datetime(2026, 11, 20, 23, 59, tzinfo=PRISTINA), True),
    ],
)
def test_a_day_is_the_most_by_which_the_two_may_differ(seen, is_later):
    assert is_entered_later(date(2026, 11, 22), seen, PRISTINA) is is_later
