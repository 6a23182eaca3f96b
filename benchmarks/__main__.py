"""Run every work but the long one, or those named: python -m benchmarks [catalogue lesson …]. Prints JSON; progress goes to stderr."""

import importlib
import json
import os
import platform
import sys
from datetime import UTC, datetime

import django

from benchmarks import stage as stages
from lms.processes import Stack

# In this order: what only reads comes first, what writes much comes last.
WORKS = (
    "catalogue",
    "programme",
    "lesson",
    "first_visit",
    "certificates",
    "credentials",
    "verification",
    "roll_call",
    "quiz",
    "importing",
    "report",
)
# Takes many minutes: only when named.
LONG = ("ten_thousand",)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def main() -> int:
    wanted = sys.argv[1:] or WORKS
    unknown = set(wanted) - {*WORKS, *LONG}
    if unknown:
        say(f"There is no work {', '.join(sorted(unknown))}; there are: {', '.join(WORKS + LONG)}.")
        return 2
    found = {}
    with stages.database() as url, stages.environment(url) as environment:
        say("Preparing the database, the demo and the static files …")
        stages.manage("migrate", "--verbosity=0")
        stages.manage("messages", "--compile")
        stages.manage("load_demo", "--finished")
        stages.manage("collectstatic", "--no-input", "--verbosity=0")
        django.setup()  # only now: the names of static files are read once
        with Stack(environment, port=int(environment["PORT"]), output=sys.stderr) as stack:
            status = stack.wait_until_ready()
            if status != "ok":
                say(f"The server is {status!r}; its own words stand above.")
                return 1
            stage = stages.Stage(stack)
            stage.wait_for_queue()  # what loading the demo left to do is none of the works
            for name in (work for work in WORKS + LONG if work in wanted):
                say(f"{name} …")
                work = importlib.import_module(f"benchmarks.{name}")
                try:
                    figures = work.measure(stage)
                except AssertionError as wrong:
                    figures = {"failed": str(wrong)}
                found[name] = {"what": work.__doc__.strip(), **figures}
                say(json.dumps(found[name], ensure_ascii=False))
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "database": "PostgreSQL"}
    print(json.dumps({"at": datetime.now(UTC).isoformat(), "machine": machine, "works": found}, indent=2))
    return 1 if any("failed" in figures for figures in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
