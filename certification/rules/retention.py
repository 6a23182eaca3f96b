"""For how long a certificate's data are kept."""

from datetime import date

from lms.kernel.months import add_months


def kept_until(issued_on: date, valid_until: date | None, years: int) -> date:
    """The last day on which the data must be there: ``years`` after the last valid day, or after the issue when it
    holds for life.

    Valid until 21 November 2029 and kept for 40 years: until 21 November 2069. Source: the Council's retention
    schedule, CERTIFICATE_RETENTION_YEARS.
    """
    return add_months(valid_until or issued_on, 12 * years)
