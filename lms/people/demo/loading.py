"""The people of the demonstration: organisations, named fictional persons, and one account per role."""

import hashlib
from datetime import date
from pathlib import Path

import yaml
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils.translation import gettext_noop as _

from lms.people import personal_numbers, roles
from lms.people.models import Employment, Municipality, Organisation, Person, Representative, User
from lms.people.models.persons import REFERENCE_SYMBOLS

_FILE = Path(__file__).parent / "people.yaml"
PASSWORD = "deshmi-demo"  # noqa: S105 - told at the start and on the sign-in page of the demonstration, and only there
_KINDS = {"municipality_al": "municipality"}
_LANGUAGES = {"sr-Latn": "sr-latn", "sr-Cyrl": "sr", "en": "en", "sq": "sq"}
# Accounts beyond the persons of the file: two pairs of eyes need two people.
STAFF = [
    # e-mail, given name, surname, roles
    ("demo26@example.org", "Blerina", "Kuqi", [roles.COMMISSION_MEMBER]),
    ("demo27@example.org", "Dardan", "Hasani", [roles.ORGANISER]),
    ("demo28@example.org", "Mirlinda", "Bunjaku", [roles.COURSE_AUTHOR]),
    ("demo29@example.org", "Kushtrim", "Veseli", [roles.ADMINISTRATOR]),
]
_ROLES = {
    "council_trainer": [roles.TRAINER],
    "international_trainer": [roles.TRAINER],
    "council_officer": [roles.COUNCIL_OFFICER],
    "inspector": [roles.INSPECTOR],
}
# Who a visitor may sign in as: e-mail and what that person does, in the order of the road; translated where shown.
SIGN_INS = [
    ("demo01@example.org", _("learner")),
    ("demo20@example.org", _("trainer of group G6")),
    ("demo27@example.org", _("organiser")),
    ("demo28@example.org", _("course author")),
    ("demo22@example.org", _("Council officer (asks for certificates)")),
    ("demo26@example.org", _("commission member (approves them)")),
    ("demo23@example.org", _("inspector (reads only)")),
    ("demo29@example.org", _("administrator")),
]


def personal_number(nine_digits: str) -> str:
    """Nine digits with their check digit (``personal_numbers.looks_right``)."""
    total = sum(int(digit) * weight for digit, weight in zip(nine_digits, personal_numbers.WEIGHTS, strict=True))
    check = 11 - total % 11
    return nine_digits + str(0 if check >= 10 else check)


def content() -> dict:
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))


def load_organisations() -> None:
    for row in content()["organisations"]:
        names = {"sq": row["name"]["sq"], "en": row["name"]["en"]}
        if "sr_latn" in row["name"]:
            names["sr-latn"] = row["name"]["sr_latn"]
        place = row["code"].removeprefix("CSW-")
        Organisation.objects.get_or_create(
            code=row["code"],
            defaults={
                "kind": _KINDS.get(row["type"], row["type"]),
                "names": names,
                "municipality": Municipality.objects.filter(
                    key="AL-klos" if row["code"] == "BK-KLOS" else f"XK-{place}"
                ).first(),
            },
        )


def load_persons() -> dict[str, Person]:
    """The named persons by e-mail, with employment and account; those who exist already are left as they are."""
    known = {person.email: person for person in Person.objects.filter(email__endswith="@example.org")}
    password = make_password(PASSWORD)
    for row in content()["people"]:
        if row["email"] in known and known[row["email"]].user_id:
            continue
        person = known.get(row["email"]) or Person(email=row["email"])
        person.given_name, person.surname, person.father_name = row["given"], row["surname"], row["father"]
        person.phone, person.is_fictional = row["phone"], True
        person.language = _LANGUAGES.get(row["languages"][0], "sq")
        if row["personal_number"] and not person.personal_number_index:
            personal_numbers.seal(person, row["personal_number"])
        person.user = _account(row["email"], person.full_name, person.language, _ROLES.get(row["role"], []), password)
        person.save()
        organisation = Organisation.objects.get(code=row["organisation"])
        Employment.objects.get_or_create(person=person, organisation=organisation, defaults={"position": row["role"]})
        if row["role"] == "director":
            Representative.objects.get_or_create(
                user=person.user, organisation=organisation, defaults={"from_on": date(2024, 1, 1)}
            )
        known[row["email"]] = person
    council = Organisation.objects.get(code="COUNCIL")
    for email, given, surname, staff_roles in STAFF:
        if email in known:
            continue
        user = _account(email, f"{given} {surname}", "sq", staff_roles, password)
        person = Person.objects.create(
            given_name=given, surname=surname, email=email, user=user, language="sq", is_fictional=True
        )
        Employment.objects.get_or_create(person=person, organisation=council, defaults={"position": staff_roles[0]})
        known[email] = person
    return known


def settle_references() -> None:
    """Give every demo person the reference that follows from their address, so that lists are the same every time."""
    persons = list(Person.objects.filter(email__endswith="@example.org"))
    for person in persons:
        number = int.from_bytes(hashlib.sha256(person.email.encode()).digest()[:5])  # 40 bits are 8 symbols
        person.reference = "P-" + "".join(REFERENCE_SYMBOLS[number >> shift & 31] for shift in range(35, -1, -5))
        person.is_fictional = True
    Person.objects.bulk_update(persons, ["reference", "is_fictional"], batch_size=500)


def _account(email: str, name: str, language: str, staff_roles: list[str], password: str) -> User:
    user, created = User.objects.get_or_create(
        email=email, defaults={"name": name, "language": language, "password": password}
    )
    if created:
        user.groups.set(Group.objects.filter(name__in=staff_roles))
        if roles.ADMINISTRATOR in staff_roles:
            user.is_staff = user.is_superuser = True
            user.save(update_fields=["is_staff", "is_superuser"])
        user.emailaddress_set.get_or_create(email=email, defaults={"verified": True, "primary": True})
    return user
