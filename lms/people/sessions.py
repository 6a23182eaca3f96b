"""Sessions in the database, as Django keeps them, read with SQL that is written once."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session

from lms.kernel import clock
from lms.kernel.prepared import Prepared, Slot

_kept = Prepared(
    lambda: Session.objects.filter(
        session_key=Slot(Session, "session_key"), expire_date__gt=Slot(Session, "expire_date", "now")
    ).values_list("session_data")
)


class SessionStore(DatabaseSessions):
    def load(self):
        rows = _kept(session_key=self.session_key, now=clock.now())
        if rows:
            return self.decode(rows[0][0])
        self._session_key = None
        return {}
