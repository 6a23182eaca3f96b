"""The holder's own files: each form is what was issued, and a neighbour gets none of them."""

import json

import pytest

from certification.formats import badge_image
from certification.operations import examining
from certification.rules.verdicts import Verdict
from tests.certification.credentials import proven_certificate
from tests.certification.factories import officer
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

FORMS = ("json", "jwt", "png", "svg", "tlog-proof")


@pytest.fixture
def holder():
    return UserFactory(email="holder@example.org")


@pytest.fixture
def certificate(holder):
    return proven_certificate(PersonFactory(user=holder, given_name="Çlirim", surname="Gjergjaj"))


def address(certificate, form):
    return f"/credentials/{certificate.pk}.{form}"


def test_every_form_is_what_was_issued(client, holder, certificate):
    client.force_login(holder)

    files = {form: client.get(address(certificate, form)) for form in FORMS}

    assert [files[form].status_code for form in FORMS] == [200] * 5
    assert files["json"].content == bytes(certificate.credential)
    assert files["jwt"].content.decode() == certificate.credential_jwt
    assert badge_image.unbake(files["png"].content) == badge_image.unbake(files["svg"].content)
    assert examining.examine(files["png"].content).verdict == Verdict.VALID
    assert files["tlog-proof"].content.startswith(b"c2sp.org/tlog-proof@v1\n")
    assert files["png"]["Content-Disposition"].endswith('clirim-gjergjaj.png"')
    assert json.loads(files["json"].content)["type"][1] == "AchievementCredential"


def test_a_neighbour_and_a_stranger_get_none_and_an_officer_does(client, certificate):
    stranger = [client.get(address(certificate, form)).status_code for form in FORMS]
    client.force_login(UserFactory(email="neighbour@example.org"))
    neighbour = [client.get(address(certificate, form)).status_code for form in FORMS]
    client.force_login(officer("archive@example.org"))

    assert stranger == [302] * 5
    assert neighbour == [404] * 5
    assert client.get(address(certificate, "json")).status_code == 200
    assert client.get(address(certificate, "exe")).status_code == 404


def test_the_id_of_a_credential_leads_to_verification_whether_there_is_one_or_not(client, certificate):
    there = client.get(f"/credentials/{certificate.pk}")
    not_there = client.get("/credentials/6f1c1f5e-8a1d-4c34-9b12-0a1f6a6b7c8d")

    assert (there.status_code, there.url) == (not_there.status_code, not_there.url) == (302, "/v/")


def test_the_list_offers_the_forms(client, holder, certificate):
    client.force_login(holder)

    text = client.get("/en/certificates/").content.decode()

    assert all(address(certificate, form) in text for form in FORMS)
