"""Calendar months, as pure arithmetic that rules may use: what lies so many months later, and until when one counts."""

from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The same day of the month ``months`` later, or that month's last day if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def last_valid_day(first_day: date, months: int) -> date:
    """The day before the same date ``months`` later, or that month's end if it is shorter.

    Valid from 31 August for 6 months: the same date would be 31 February, which becomes the 28th; the last
    valid day is that month's end, 28 February. Valid from 29 February for 36 months: until 28 February.
    """
    same = add_months(first_day, months)
    return same if same.day != first_day.day else same - timedelta(days=1)
