"""When a certificate was really entered: what a witness saw decides, not the date that the certificate states.

Whoever holds the issuer's key can write any date into a certificate, and cannot make a witness have seen it then.
"""

from datetime import date, datetime, time, timedelta, tzinfo

TOLERANCE = timedelta(hours=24)


def is_entered_later(valid_from: date, witnessed_at: datetime, zone: tzinfo) -> bool:
    """Did the witness first see it more than a day away from the day that it is valid from?

    Valid from 22 November: seen on the 23rd at 23:59 is in time, seen on the 24th at 00:01 is later. Before its day
    it may be seen by as much. The day has 24 hours, so that a list issued in the evening is not late at midnight.
    """
    begins = datetime.combine(valid_from, time.min, tzinfo=zone)
    ends = datetime.combine(valid_from + timedelta(days=1), time.min, tzinfo=zone)
    return not begins - TOLERANCE <= witnessed_at <= ends + TOLERANCE
