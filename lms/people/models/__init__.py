"""Who: users sign in, persons learn, teach and hold; organisations employ them."""

from lms.people.models.merges import PersonMerge
from lms.people.models.organisations import Employment, Municipality, Organisation, Representative
from lms.people.models.persons import NameForm, Person, PersonalNumberAccess
from lms.people.models.users import User

__all__ = [
    "Employment",
    "Municipality",
    "NameForm",
    "Organisation",
    "Person",
    "PersonMerge",
    "PersonalNumberAccess",
    "Representative",
    "User",
]
