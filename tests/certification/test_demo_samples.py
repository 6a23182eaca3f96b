"""The files to try verification with: always the same, judged as they deserve, and only in the demonstration."""

import pytest

from certification.demo import samples
from tests.certification.factories import issued_certificate
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return issued_certificate(PersonFactory(given_name="Çlirim", surname="Gjergjaj", is_fictional=True))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("genuine.pdf", "issued_file"),
        ("tampered.pdf", "other_file"),
        ("tampered.json", "altered"),
        ("forged.json", "altered"),
    ],
)
def test_a_sample_is_found_out_for_what_it_is(client, certificate, name, why):
    file = client.get(f"/v/try/{name}")

    answer = client.post("/api/v1/verify", file.content, content_type="application/octet-stream").json()

    assert answer["why"] == why
    assert answer["verdict"] == ("valid" if name.startswith("genuine") else "not_genuine")
    assert client.get(f"/v/try/{name}").content == file.content


def test_the_form_offers_them_in_the_demonstration_only(client, certificate, settings):
    assert client.get("/v/").content.decode().count("/v/try/") == len(samples.SAMPLES)
    settings.DEMO = False

    assert "/v/try/" not in client.get("/v/").content.decode()
    assert client.get("/v/try/forged.json").status_code == 404


def test_no_sample_is_made_of_a_real_certificate(client):
    issued_certificate(PersonFactory(is_fictional=False))

    assert client.get("/v/try/genuine.pdf").status_code == 404
    assert client.get("/v/try/other.pdf").status_code == 404
