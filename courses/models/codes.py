"""Codes that people choose stand in addresses, file names and session codes such as REF-2026-1/G3/D4/AM."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from courses.rules import codes


def refuse_unfit_code(code: str, field: str = "") -> None:
    """Raise ValidationError, for ``field`` where one is named, when ``code`` cannot stand in an address.

    An empty code is for the field itself to refuse.
    """
    if code and not codes.stands_in_address(code):
        fault = _("“%(code)s” cannot stand in an address. Use letters A–Z, digits, hyphens, dots and underscores.") % {
            "code": code
        }
        raise ValidationError({field: fault} if field else fault)
