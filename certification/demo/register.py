"""The demo's register: one body, its signatories, and 728 licences that came in through the ordinary import."""

import io
from datetime import date, timedelta
from itertools import islice

from certification.models import IssuingBody, Licence, Signatory
from certification.operations import importing_register
from certification.operations.importing_register import RegisterFile
from lms.kernel import clock
from lms.kernel.spreadsheets import write_csv
from lms.people.demo import loading
from lms.people.demo.names import persons
from lms.people.models import Municipality, User

FIELD_PROFESSIONALS, PROFESSIONAL_WORKERS = 488, 240
_MONTHS = 36
_COLUMNS = [
    "licence_number",
    "given_name",
    "surname",
    "father_name",
    "birth_date",
    "personal_number",
    "level",
    "category",
    "valid_from",
    "valid_to",
    "status",
    "municipality",
    "organisation",
    "email",
    "language",
]
# Status in the file of named persons → status in the register, days until the last valid day.
_STANDINGS = {
    "valid": ("valid", 500),
    "expiring_30_days": ("valid", 30),
    "renewal_pending": ("renewal_pending", 60),
    "expired": ("expired", -30),  # between the fourth and the fifth training day of group G6
    "suspended": ("suspended", 400),
    "revoked": ("revoked", 300),
}


def load() -> None:
    """The issuing body and every licence. Does nothing when they are there."""
    body = _load_body()
    if Licence.objects.filter(body=body).count() >= FIELD_PROFESSIONALS + PROFESSIONAL_WORKERS:
        return
    content = "".join(write_csv(_COLUMNS, _rows(clock.local_day()))).encode()
    name = "demo-register.csv"
    survey = importing_register.survey(io.BytesIO(content), name)
    register_file = RegisterFile(body, survey, source="demo", by=User.objects.get(email="demo22@example.org"))
    counts = register_file.run(
        importing_register.rows_of(io.BytesIO(content), name), write=True, on_chunk=_refuse_refusals
    )
    if counts["new"] != FIELD_PROFESSIONALS + PROFESSIONAL_WORKERS:
        raise ValueError(f"The demo register brought {counts['new']} new licences instead of 728: {dict(counts)}")


def _refuse_refusals(results) -> None:
    refused = [f"line {result.line}: {result.reason}" for result in results if result.outcome == "refused"]
    if refused:
        raise ValueError(f"The demo register has lines that are refused: {'; '.join(refused[:3])}")


def _load_body() -> IssuingBody:
    body, _created = IssuingBody.objects.get_or_create(
        code="KPSHSF",
        defaults={
            "names": {
                "sq": "Këshilli i Përgjithshëm për Shërbime Sociale dhe Familjare",
                "sr-latn": "Opšti savet za socijalne i porodične usluge",
                "sr": "Општи савет за социјалне и породичне услуге",
                "en": "General Council for Social and Family Services",
            },
            "is_demo": True,
        },
    )
    for position, (name, posts) in enumerate(
        [
            (
                "Lule Osmani",
                ("Kryetare e Këshillit", "Predsednica Saveta", "Председница Савета", "Chair of the Council"),
            ),
            ("Ylli Bardhi", ("Sekretar i Këshillit", "Sekretar Saveta", "Секретар Савета", "Secretary of the Council")),
        ],
        start=1,
    ):
        Signatory.objects.get_or_create(
            body=body,
            name=name,
            defaults={
                "posts": dict(zip(("sq", "sr-latn", "sr", "en"), posts, strict=True)),
                "position": position,
                "from_on": date(2024, 1, 1),
                "is_demo": True,
            },
        )
    return body


def _rows(today: date):
    named = [row for row in loading.content()["people"] if row["licence"]]
    for row in named:
        status, days = _STANDINGS[row["licence"]["status"]]
        valid_to = today + timedelta(days=days)
        yield (
            row["licence"]["number"],
            row["given"],
            row["surname"],
            row["father"],
            "",
            row["personal_number"],
            row["licence"]["level"] or "",
            "field_professional",
            _first_day(valid_to).isoformat(),
            valid_to.isoformat(),
            status,
            "",
            row["organisation"],
            row["email"],
            {"sr-Latn": "sr-latn", "sr-Cyrl": "sr", "en": "en"}.get(row["languages"][0], "sq"),
        )
    places = list(Municipality.objects.filter(country="XK").order_by("key"))
    others = FIELD_PROFESSIONALS + PROFESSIONAL_WORKERS - len(named)
    for position, person in enumerate(islice(persons(), others)):
        number = int(person["digits"])
        is_expired = position % 41 == 40
        valid_to = today + timedelta(days=-(number % 300) - 1 if is_expired else 40 + (number * 37) % 900)
        yield (
            f"DEMO-{number:04d}",
            person["given_name"],
            person["surname"],
            person["father_name"],
            date(1960 + number % 40, 1 + number % 12, 1 + number % 28).isoformat(),
            loading.personal_number(person["digits"]),
            ("basic", "basic", "secondary", "high")[number % 4],
            "field_professional" if len(named) + position < FIELD_PROFESSIONALS else "professional_worker",
            _first_day(valid_to).isoformat(),
            valid_to.isoformat(),
            "expired" if is_expired else "suspended" if position % 97 == 96 else "valid",
            places[number % len(places)].names["sq"],
            "",
            f"worker{number:04d}@example.org",
            person["language"],
        )


def _first_day(valid_to: date) -> date:
    """From when a licence that ends on ``valid_to`` has been valid."""
    return clock.add_months(valid_to, -_MONTHS) + timedelta(days=1)
