"""Who issues and who signs, kept in the office: names and posts in every language, with their days."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certification.models import IssuingBody, Signatory
from lms.people import roles
from tests.certification.factories import IssuingBodyFactory, SignatoryFactory
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client_for):
    return client_for(UserFactory(roles=[roles.COUNCIL_OFFICER]))


def names(**texts):
    return {f"names_{code}": texts.get(code.replace("-", "_"), "") for code in ("sq", "sr-latn", "sr", "en")}


def posts(**texts):
    return {key.replace("names", "posts"): text for key, text in names(**texts).items()}


def test_an_officer_enters_a_body_and_who_signs_for_it(office):
    office.post(
        reverse("bodies:add"), {"code": "COUNCIL", "from_on": "", "until_on": "", **names(sq="Këshilli", en="Council")}
    )
    body = IssuingBody.objects.get()
    office.post(
        reverse("signatories:add"),
        {
            "body": body.pk,
            "name": "Drita Llugaxhiu",
            "position": 1,
            "from_on": "2026-01-01",
            "until_on": "",
            **posts(sq="Kryetare", sr="Председница"),
        },
    )

    assert body.names == {"sq": "Këshilli", "en": "Council"}
    signatory = Signatory.objects.get()
    assert (signatory.body, signatory.name, signatory.from_on) == (body, "Drita Llugaxhiu", date(2026, 1, 1))
    assert signatory.posts == {"sq": "Kryetare", "sr": "Председница"}


def test_a_body_is_renamed_and_a_signatory_ends(office):
    body = IssuingBodyFactory()
    signatory = SignatoryFactory(body=body)

    shown = office.get(reverse("bodies:edit", args=[body.pk])).content.decode()
    office.post(
        reverse("bodies:edit", args=[body.pk]),
        {"code": body.code, "from_on": "2020-01-01", "until_on": "", **names(sq="Emri i ri")},
    )
    office.post(
        reverse("signatories:edit", args=[signatory.pk]),
        {
            "body": body.pk,
            "name": signatory.name,
            "position": 2,
            "from_on": "2020-01-01",
            "until_on": "2026-06-30",
            **posts(sq="Kryetare"),
        },
    )

    assert "Општи савет за социјалне и породичне услуге" in shown
    body.refresh_from_db()
    signatory.refresh_from_db()
    assert body.names == {"sq": "Emri i ri"}
    assert (signatory.until_on, signatory.position) == (date(2026, 6, 30), 2)


def test_the_default_language_and_days_in_order_are_asked_for(office):
    answer = office.post(
        reverse("bodies:add"), {"code": "C", "from_on": "2026-02-01", "until_on": "2026-01-01", **names(en="Council")}
    )

    assert not IssuingBody.objects.exists()
    assert "The last day lies before the first" in answer.content.decode()
    assert "names_sq" in answer.context["form"].errors


@pytest.mark.parametrize("name", ["bodies", "signatories"])
def test_others_read_or_do_not_enter_and_nothing_is_deleted(client_for, office, name):
    signatory = SignatoryFactory()
    pk = signatory.pk if name == "signatories" else signatory.body.pk
    reading = client_for(UserFactory(roles=[roles.INSPECTOR]))
    organising = client_for(UserFactory(roles=[roles.ORGANISER]))

    edit = reverse(f"{name}:edit", args=[pk])

    assert edit in office.get(reverse(f"{name}:index")).content.decode()
    assert edit not in reading.get(reverse(f"{name}:index")).content.decode()
    assert reading.get(reverse(f"{name}:add")).status_code == 302
    assert reading.get(edit).status_code == 302
    assert organising.get(reverse(f"{name}:index")).status_code == 302
    assert office.post(reverse(f"{name}:delete", args=[pk])).status_code in (302, 404)
    assert Signatory.objects.filter(pk=signatory.pk).exists()


@pytest.mark.parametrize("name", ["bodies", "signatories"])
def test_lists_take_as_many_statements_for_three_rows_as_for_one(office, django_assert_num_queries, name):
    SignatoryFactory(body__code="B0")
    office.get(reverse(f"{name}:index"))
    with CaptureQueriesContext(connection) as one:
        office.get(reverse(f"{name}:index"))
    SignatoryFactory(body__code="B1")
    SignatoryFactory(body__code="B2")

    with django_assert_num_queries(len(one)):
        office.get(reverse(f"{name}:index"))


def test_the_menu_leads_there(office):
    page = office.get(reverse("register:list")).content.decode()

    assert reverse("bodies:index") in page
    assert reverse("signatories:index") in page
