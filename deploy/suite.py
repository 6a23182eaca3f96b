"""Run the parts of the suite one after another and say at the end what ran, what failed and what did not run.

    python deploy/suite.py [sqlite] [journeys] [postgresql]

Journeys drive a whole stack and a browser each; two run side by side, since either often waits for the other end.
"""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

import postgresql

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "var" / "results"
_TWO_AT_ONCE = ["-n", "2", "--dist", "loadfile"]


class Result(NamedTuple):
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    said: str = ""
    broke: bool = False


def run(part: str, *arguments: str, **environment: str) -> Result:
    """Run pytest with ``arguments``; its output goes straight to the reader, its counts come from its report."""
    report = RESULTS / f"{part}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    print(f"\n=== {part} " + "=" * (110 - len(part)), flush=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments]
    inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    code = subprocess.run(command, cwd=ROOT, env=inherited | environment, check=False).returncode
    seconds = time.monotonic() - began
    if not report.exists():
        return Result(said=f"stopped with exit code {code} before any test ran", broke=True)
    # Written by our own pytest a moment ago.
    suite = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314
    count = {name: int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")}
    failed = count["failures"] + count["errors"]
    passed = count["tests"] - failed - count["skipped"]
    said = f"{passed} passed, {failed} failed, {count['skipped']} skipped in {seconds:.0f} s"
    return Result(passed, failed, count["skipped"], said, broke=code != 0)


def sqlite() -> Result:
    return run("sqlite", *_TWO_AT_ONCE, "--ignore=tests/journeys", TEST_DATABASE=f"suite-{os.getpid()}.sqlite3")


def journeys() -> Result:
    # One long walk after another would keep one core idle: whoever is free takes the next test of any file.
    return run(
        "journeys", "-n", "2", "--dist", "worksteal", "tests/journeys", TEST_DATABASE=f"suite-{os.getpid()}.sqlite3"
    )


def on_postgresql() -> Result:
    try:
        with postgresql.server() as url:
            return run(
                "postgresql",
                *_TWO_AT_ONCE,
                "--ignore=tests/journeys",
                DATABASE_URL=url,
                TEST_DATABASE=f"test_deshmi_{os.getpid()}",
            )
    except postgresql.NoPostgreSQL as problem:
        # In CI this is a failure: what is meant to be installed was not.
        return Result(said=f"NOT RUN: {problem}", broke=bool(os.environ.get("CI")))


PARTS = {"sqlite": sqlite, "journeys": journeys, "postgresql": on_postgresql}


def main() -> int:
    results = {name: PARTS[name]() for name in sys.argv[1:] or PARTS}
    print()
    for name, result in results.items():
        print(f"{name}: {result.said}")
    left_out = [name for name in PARTS if name not in results]
    if left_out:
        print(f"Not asked for: {', '.join(left_out)}")
    passed, failed, skipped = (sum(getattr(result, kind) for result in results.values()) for kind in Result._fields[:3])
    broke = any(result.broke for result in results.values())
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or broke else 0


if __name__ == "__main__":
    sys.exit(main())
