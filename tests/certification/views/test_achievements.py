"""What a credential names as its achievement answers: to readers as a page, to programs as JSON-LD."""

import json

import pytest
from django.conf import settings

from tests.certification.factories import issued_certificate

pytestmark = pytest.mark.django_db


def test_the_achievement_of_a_credential_answers_with_what_the_credential_says(client):
    certificate = issued_certificate()
    named = json.loads(bytes(certificate.credential))["credentialSubject"]["achievement"]
    path = named["id"].removeprefix(settings.SITE_URL)

    answer = client.get(
        path, headers={"accept": "application/ld+json", "accept-language": certificate.facts["language"]}
    )

    told = answer.json()
    assert answer["Content-Type"] == "application/ld+json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    without_demo = {name: value for name, value in named.items() if name not in ("name", "description", "criteria")}
    assert {name: told[name] for name in without_demo} == without_demo
    assert told["criteria"] == named["criteria"] or told["name"] in named["name"]
    assert client.get(f"{path}.json").json()["id"] == named["id"]


def test_a_reader_gets_a_page_and_an_unknown_edition_is_not_there(client):
    certificate = issued_certificate()
    facts = certificate.facts["programme"]

    page = client.get(f"/achievements/{facts['code']}/{facts['edition']}")

    assert page.status_code == 200
    assert certificate.title in page.content.decode()
    assert "What had to be completed" in page.content.decode()
    assert client.get(f"/achievements/{facts['code']}/99").status_code == 404


def test_the_issuer_of_a_credential_answers_under_its_identifier(client):
    certificate = issued_certificate()
    issuer = json.loads(bytes(certificate.credential))["issuer"]["id"]

    assert client.get("/.well-known/did.json").json()["id"] == issuer
