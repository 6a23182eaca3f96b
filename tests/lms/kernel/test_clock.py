"""Time at a place: wall clocks, calendar days, calendar months."""

from datetime import UTC, date, datetime, time

import pytest

from lms.kernel import clock


def test_two_hours_before_the_spring_gap_are_one_hour_of_clock_more():
    start = clock.wall_moment(date(2027, 3, 28), time(1), "Europe/Belgrade")
    end = clock.wall_moment(date(2027, 3, 28), time(4), "Europe/Belgrade")

    assert (end - start).total_seconds() == 2 * 3600


def test_the_night_of_the_autumn_change_is_an_hour_longer():
    start = clock.wall_moment(date(2026, 10, 25), time(1), "Europe/Belgrade")
    end = clock.wall_moment(date(2026, 10, 25), time(4), "Europe/Belgrade")

    assert (end - start).total_seconds() == 4 * 3600


def test_a_time_in_the_spring_gap_is_refused_with_the_way_out():
    with pytest.raises(clock.NoSuchTime, match=r"02:00 does not exist on 28\.03\.2027 in Europe/Belgrade"):
        clock.wall_moment(date(2027, 3, 28), time(2), "Europe/Belgrade")


def test_half_past_eleven_at_night_in_utc_is_the_next_day_here():
    assert clock.local_day(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "Europe/Belgrade") == date(2026, 7, 2)
    assert clock.local_day(datetime(2026, 1, 1, 23, 30, tzinfo=UTC), "Europe/Belgrade") == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2024, 2, 29), 36, date(2027, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2026, 11, 22), 36, date(2029, 11, 21)),
    ],
)
def test_the_last_valid_day_is_counted_in_calendar_months(first, months, last):
    assert clock.last_valid_day(first, months) == last


def test_standing_elsewhen_ends_with_the_block():
    moment = datetime(2025, 1, 1, tzinfo=UTC)

    with clock.standing_at(moment):
        assert clock.now() == moment

    assert clock.now().year >= 2026
