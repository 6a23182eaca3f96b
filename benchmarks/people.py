"""Users for the works: people of the demo who are enrolled, each with an account."""

from lms.people.models import Person, User


def users_for(persons) -> list[User]:
    """An account for each of ``persons``, made when there is none."""
    found = []
    for person in persons:
        if person.user is None:
            person.user = User.objects.create(
                email=f"bench{person.pk}@example.org", name=person.full_name, password="!"
            )
            Person.objects.filter(pk=person.pk).update(user=person.user)
        found.append(person.user)
    return found


def learners(enrolments, count: int = 32) -> list[User]:
    """The users behind the first ``count`` of ``enrolments``."""
    rows = enrolments.select_related("person__user").order_by("pk")[:count]
    return users_for(row.person for row in rows)
