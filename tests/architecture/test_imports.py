"""Who may import whom: the contracts of pyproject.toml, and one door for each outside thing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("lms", "courses", "certification")

# Outside thing → the only files of ours that may import it.
DOORS = {
    "bleach": {"lms/kernel/html.py"},
    "weasyprint": {"lms/kernel/pdf.py"},
    "pyhanko": {
        "certification/formats/sealing.py",
        "certification/formats/sealed_file.py",
        "certification/formats/time_stamps.py",
    },
    "pkcs11": {"certification/keyholding/tokens.py"},
    "pikepdf": {"certification/formats/sealed_file.py"},
    "django_q": {"lms/kernel/queue.py", "lms/kernel/schedules.py"},
    "redis": {"lms/kernel/queue.py"},
    "openpyxl": {"lms/kernel/spreadsheets.py"},
    "polib": {"lms/catalogues.py"},
    "django.core.mail": {
        "lms/kernel/mail.py",
        "courses/notices.py",
        "certification/notices.py",
    },  # notices write, mail sends
    # The stack of servers; and the process in which a stranger's file is read, under limits.
    "subprocess": {"lms/processes.py", "certification/operations/examining.py"},
    # What a server on the network could be talked into fetching.
    "requests": set(),
    "httpx": set(),
    "urllib.request": {
        "lms/processes.py",
        "certification/formats/time_stamps.py",
        "certification/witness.py",  # runs at the Council, and fetches what it is told to
    },
}


def sources():
    for room in ROOMS:
        yield from (path for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts)


def imported_by(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.once
def test_the_import_contracts_hold():
    linter = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]

    done = subprocess.run(linter, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.once
def test_every_outside_thing_has_one_door():
    elsewhere = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources()
        for name in imported_by(path)
        for thing, doors in DOORS.items()
        if (name == thing or name.startswith(thing + ".")) and path.relative_to(ROOT).as_posix() not in doors
    ]

    assert sorted(set(elsewhere)) == []


# Longer than 400 lines, and why it is still one thing.
LONG_MODULES: dict[str, str] = {
    "certification/formats/kit/verify.py": "a stranger is given one file, which may import nothing of ours",
}


@pytest.mark.once
def test_modules_stay_short_enough_to_hold_in_mind():
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in sources()}
    too_long = {name: length for name, length in lengths.items() if length > 400 and name not in LONG_MODULES}

    assert too_long == {}
    assert [name for name in LONG_MODULES if lengths.get(name, 0) <= 400] == []


@pytest.mark.once
def test_every_module_says_in_its_first_line_what_it_is():
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


@pytest.mark.once
def test_nothing_swallows_every_exception():
    broad = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]

    assert broad == []
