"""Codes that people choose: they stand in addresses, file names and session codes such as REF-2026-1/G3/D4/AM."""

import re

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def stands_in_address(code: str) -> bool:
    """Letters A–Z, digits, hyphens, dots and underscores, a letter or digit first: "REF-2026.1", but not "REF/1"."""
    return _CODE.fullmatch(code) is not None
