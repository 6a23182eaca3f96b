"""Municipalities from the list the product carries. Safe to repeat: a second run changes nothing."""

import csv
import re
from pathlib import Path

from django.db import transaction

from lms.kernel.search_names import fold
from lms.people.models import Municipality

LIST = Path(__file__).resolve().parent.parent / "data" / "municipalities.csv"
# Notes of the list name other spellings: "also Drenas", "Serbian also Kamenica", "Turkish Mamuşa".
_OTHER_NAMES = re.compile(r"(?:also|formerly|Turkish|source lists write) ([^\W\d_][\w ]*(?:/[\w ]+)?)")


@transaction.atomic
def load_municipalities() -> tuple[int, int, int]:
    """Bring the table in line with the list. Returns how many rows are new, changed, the same."""
    known = {place.key: place for place in Municipality.objects.all()}
    new, changed, same = [], [], 0
    with LIST.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            place = _municipality(row)
            old = known.get(place.key)
            if old is None:
                new.append(place)
            elif _facts(old) != _facts(place):
                place.pk = old.pk
                changed.append(place)
            else:
                same += 1
    Municipality.objects.bulk_create(new)
    Municipality.objects.bulk_update(changed, ["country", "code", "names", "name_definite", "search_key"])
    return len(new), len(changed), same


def _facts(place: Municipality) -> tuple:
    return place.country, place.code, place.names, place.name_definite, place.search_key


def _municipality(row: dict[str, str]) -> Municipality:
    names = {
        language: row[column]
        for language, column in (("sq", "name_sq"), ("sr-latn", "name_sr_latn"), ("sr", "name_sr_cyrl"))
        if row[column]
    }
    others = [name for found in _OTHER_NAMES.findall(row["note"]) for name in found.split("/")]
    if row["name_sq"].startswith("Mitrovicë e "):
        # What lists from before the division write for either: to be asked about, never guessed.
        others += ["Mitrovicë", "Mitrovica", "Kosovska Mitrovica"]
    forms = dict.fromkeys(fold(name) for name in [*names.values(), row["name_sq_definite"], *others] if name)
    return Municipality(
        key=f"{row['country']}-{row['code'] or fold(row['name_sq']).replace(' ', '-')}",
        country=row["country"],
        code=row["code"],
        names=names,
        name_definite=row["name_sq_definite"],
        search_key=" | ".join(forms)[:400],
    )
