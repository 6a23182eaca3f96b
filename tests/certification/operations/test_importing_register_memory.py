"""The first walk through a register file needs the same memory for a short file and for one twelve times as long."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

LINES = (5_000, 60_000)
MOST_GROWTH = 8 * 1024  # kB; keeping what was seen in memory took 21 MB more, and 38 MB for 100,000 lines

# In a process of its own, because the peak of a process never falls again. Every tenth line contradicts another one.
WALK = """
import resource
import sys

import django

django.setup()

from certification.operations.register_lines import Survey
from certification.rules.register_words import COLUMNS
from lms.kernel.spreadsheets import Row


def row(line):
    values = dict.fromkeys(COLUMNS, "") | {
        "licence_number": f"L-{line - line % 10 if line % 10 == 1 else line}",
        "given_name": "Arta",
        "surname": f"Gashi{line}",
        "birth_date": "1980-02-01",
        "personal_number": f"{line:010d}",
    }
    return Row(line, values)


for lines in sys.argv[1:]:
    survey = Survey()
    for line in range(int(lines)):
        survey.add(row(line))
    refused = sum(bool(survey.refusal(line)) for line in range(int(lines)))
    print(survey.total, refused, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.once
def test_the_memory_of_the_first_walk_does_not_grow_with_the_file():
    done = subprocess.run(
        [sys.executable, "-c", WALK, *map(str, LINES)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "lms.settings.testing")},
        capture_output=True,
        text=True,
        check=True,
    )

    (few, few_refused, low), (many, many_refused, high) = (map(int, line.split()) for line in done.stdout.splitlines())
    assert ((few, few_refused), (many, many_refused)) == ((5_000, 1_000), (60_000, 12_000))
    assert high - low < MOST_GROWTH
