"""Codes that people choose: they stand in addresses, file names and session codes such as REF-2026-1/G3/D4/AM."""

import re

from django import forms
from django.utils.translation import gettext as _

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def tidy_code(code: str) -> str:
    """``code`` if it can stand in an address. Raises ValidationError."""
    if not CODE.fullmatch(code):
        raise forms.ValidationError(
            _("“%(code)s” cannot stand in an address. Use letters A–Z, digits, hyphens, dots and underscores.")
            % {"code": code}
        )
    return code
