"""The habits of every file at once: nothing of one machine, commands in the guides, components with a contract."""

import gzip
import re
import subprocess
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.once

_TEXT = {".py", ".html", ".txt", ".md", ".toml", ".lock", ".yaml", ".yml", ".css", ".js", ".svg", ".po", ".service", ""}
# A folder of somebody's machine, and hosts where packages come from; the words are taken apart here on purpose.
_FOREIGN = re.compile(
    r"(?<![\w.])/(?:work|root|Users|home/[a-z]+)/\S+|\b(?:py"
    + r"pi\.org|pythonhosted\.org|npm"
    + r"js\.(?:org|com)|deb\.debian)\b"
)


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_tracked_file_names_a_machine_or_a_registry():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked_files()
        if path.suffix in _TEXT and path != Path(__file__)
        for match in _FOREIGN.finditer(path.read_text(encoding="utf-8", errors="ignore"))
    ]

    assert found == []


def test_every_component_says_first_what_it_takes():
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "templates" / "components").glob("*.html"))
        if not re.match(r"\{# .+ #\}", path.read_text().split("\n", 1)[0])
    ]

    assert silent == []


def test_components_are_included_with_only_what_they_take():
    # A component that reads the page's context breaks on the next page.
    leaking = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for match in re.finditer(r"{% include \"components/[^%]+%}", path.read_text())
        if " with " in match[0] and not match[0].rstrip("%} ").endswith(" only")
    ]

    assert leaking == []


_ASSET = re.compile(r"""{% static ["']((?:css|js)/[^"']+)["'] %}""")


def test_no_page_sends_more_than_sixty_kilobytes_of_styles_and_scripts():
    def packed(name):
        return len(gzip.compress(Path(finders.find(name)).read_bytes()))

    frame = sum(packed(name) for name in set(_ASSET.findall((ROOT / "templates" / "base.html").read_text())))
    heavy = {}
    for path in (ROOT / "templates").rglob("*.html"):
        weight = frame + sum(packed(name) for name in set(_ASSET.findall(path.read_text())))
        if weight > 60_000:
            heavy[path.relative_to(ROOT).as_posix()] = weight

    assert frame > 0
    assert heavy == {}


def test_every_command_stands_in_a_guide():
    guides = "\n".join(path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))])
    ours = sorted(
        name
        for name, app in get_commands().items()
        if app in {"lms", "lms.kernel", "lms.people", "lms.pages", "courses", "certification"}
    )

    assert [name for name in ours if not re.search(rf"\b{name}\b", guides)] == []


def test_every_make_target_stands_in_the_readme_or_in_help():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"\.PHONY: (.+)", makefile)[1].split()

    assert [target for target in targets if not re.search(rf"^{target}:.*## \S", makefile, re.M)] == []


def test_lock_files_agree_and_have_hashes():
    def pins(name):
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.M))

    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")

    assert {
        name: (version, development.get(name)) for name, version in runtime.items() if development.get(name) != version
    } == {}
    assert (ROOT / "requirements-dev.lock").read_text().count("--hash=sha256:") > len(development)


def test_scripts_are_executable():
    scripts = [path for path in tracked_files() if path.suffix == "" and path.read_bytes().startswith(b"#!")]

    assert [path.name for path in scripts if not path.stat().st_mode & 0o100] == []
