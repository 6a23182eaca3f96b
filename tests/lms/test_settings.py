"""Production does not start without what it needs, and says what to write."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

NEEDED = {
    "SECRET_KEY": "a secret key that nobody knows, made for this test only",
    "ALLOWED_HOSTS": "learn.example.org",
    "SIGNING_KEY": "dGVzdGluZy1vbmx5LXNpZ25pbmcta2V5LTMyLWJ5dGU=",
}


@pytest.mark.once
@pytest.mark.parametrize("missing", NEEDED)
def test_production_names_the_variable_that_is_missing_with_an_example(missing):
    done = subprocess.run(
        [sys.executable, "-c", "import lms.settings.base"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"]} | {name: value for name, value in NEEDED.items() if name != missing},
        capture_output=True,
        text=True,
        check=False,
    )

    said = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert f"The environment variable {missing} is not set" in said
    assert f"for example: {missing}=" in said
