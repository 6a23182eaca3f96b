"""Whoever installs the product finds every variable in one file."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.once

_READ = re.compile(r"(?:\benv(?:\.\w+)?|\brequired)\(\s*\"([A-Z][A-Z0-9_]+)\"")
_WRITTEN = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
ONLY_HERE = {"DEBUG"}  # of development; production never reads it


def read_in_settings() -> set[str]:
    files = (ROOT / "lms" / "settings").glob("*.py")
    return {name for file in files for name in _READ.findall(file.read_text(encoding="utf-8"))}


def test_every_variable_the_settings_read_is_in_the_example():
    read = read_in_settings()
    written = set(_WRITTEN.findall((ROOT / ".env.example").read_text(encoding="utf-8")))

    assert {"SECRET_KEY", "TRUSTED_PROXY_COUNT", "PRIVATE_ROOT"} <= read
    assert read - ONLY_HERE - written == set()
    assert written - read == set()
