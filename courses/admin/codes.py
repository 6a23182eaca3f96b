"""Codes that people choose, in the office's forms."""

from courses.models.codes import refuse_unfit_code


def tidy_code(code: str) -> str:
    """``code`` if it can stand in an address. Raises ValidationError."""
    refuse_unfit_code(code)
    return code
