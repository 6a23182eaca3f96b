"""Reading the environment: every required variable is named, with an example, when it is missing."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()


def required(name: str, example: str) -> str:
    """The value of ``name``; raises ImproperlyConfigured that names the variable and shows an example."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(
            f"The environment variable {name} is not set. Set it before starting, for example: {name}={example}"
        )
    return value
