"""Database constraints said once: each helper is one invariant that several models share."""

from django.db.models import CheckConstraint, F, Q


def not_before(later: str, earlier: str) -> CheckConstraint:
    """``later`` is empty or not before ``earlier``."""
    return CheckConstraint(
        condition=Q(**{f"{later}__isnull": True}) | Q(**{f"{later}__gte": F(earlier)}),
        name=f"%(app_label)s_%(class)s_{later}_not_before_{earlier}"[:63],
    )


def both_or_neither(one: str, other: str) -> CheckConstraint:
    """``one`` and ``other`` are both empty or both filled."""
    return CheckConstraint(
        condition=Q(**{f"{one}__isnull": True, f"{other}__isnull": True})
        | Q(**{f"{one}__isnull": False, f"{other}__isnull": False}),
        name=f"%(app_label)s_%(class)s_{one}_with_{other}"[:63],
    )


def one_of(field: str, values) -> CheckConstraint:
    """``field`` holds one of ``values``: the database refuses a choice that the code does not know."""
    return CheckConstraint(
        condition=Q(**{f"{field}__in": list(values)}), name=f"%(app_label)s_%(class)s_{field}_known"[:63]
    )


def not_empty(field: str) -> CheckConstraint:
    """``field`` is not the empty text."""
    return CheckConstraint(condition=~Q(**{field: ""}), name=f"%(app_label)s_%(class)s_{field}_not_empty"[:63])


def somebody_else(decides: str, asks: str, *, name: str) -> CheckConstraint:
    """Whoever ``decides`` is not who ``asks``: four eyes, kept by the database."""
    return CheckConstraint(condition=Q(**{f"{decides}__isnull": True}) | ~Q(**{decides: F(asks)}), name=name)
