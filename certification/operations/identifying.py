"""Identifying: who holds which licence number, for rooms that know persons only."""

from collections import defaultdict
from collections.abc import Collection

from certification.models import Licence


def persons_by_licence_number(numbers: Collection[str]) -> dict[str, set[int]]:
    """Number → ids of the persons who hold it; several when two bodies gave the same number. Unknown ones are left out."""
    holders: dict[str, set[int]] = defaultdict(set)
    for number, person in Licence.objects.filter(number__in=numbers).order_by().values_list("number", "person_id"):
        holders[number].add(person)
    return dict(holders)
