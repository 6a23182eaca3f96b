"""Who is signed in, read on every page with their roles: one statement, with the SQL written once."""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.db import DEFAULT_DB_ALIAS

from lms.kernel.prepared import Prepared, Slot
from lms.people import roles


def _columns() -> list[str]:
    return [field.attname for field in get_user_model()._meta.concrete_fields]


# A row for each role, or one without.
_user_with_groups = Prepared(
    lambda: (
        get_user_model()._base_manager.filter(pk=Slot(get_user_model(), "id")).values_list(*_columns(), "groups__name")
    )
)


class AccountBackend(ModelBackend):
    """E-mail and password; people who are not active are nobody."""

    def get_user(self, user_id):
        rows = _user_with_groups(id=user_id)
        if not rows:
            return None
        user = get_user_model().from_db(DEFAULT_DB_ALIAS, _columns(), rows[0][:-1])
        roles.lay_beside(user, [row[-1] for row in rows])
        return user if self.user_can_authenticate(user) else None
