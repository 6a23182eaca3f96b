"""The public page: anonymous, light, silent about what it must not say, slow to guessers."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from certification.models import Certificate
from certification.rules import numbering
from lms.people.models import User
from tests.certification.factories import code_on_paper, commission_member, issued_certificate, licence_for, officer
from tests.certification.tampering import database_in_hand
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

UNKNOWN = numbering.with_check_symbols("HZ1J652JFW")


@pytest.fixture
def certificate():
    person = PersonFactory(given_name="Çlirim", surname="Gjergjaj")
    licence_for(person, "DEMO-1")
    return issued_certificate(person)


def page(client, number, **query):
    return client.get(f"/v/{number}", query)


def test_by_number_alone_the_course_and_standing_are_shown_and_no_name(client, certificate):
    answer = page(client, certificate.number)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Valid" in text
    assert certificate.title in text
    assert "Ç. G." in text
    assert "Gjergjaj" not in text
    assert "DEMO-1" not in text


def test_with_the_code_everything_is_shown(client, certificate):
    text = page(client, certificate.number, c=code_on_paper(certificate)).content.decode()

    for said in ("Çlirim Gjergjaj", "DEMO-1", "Drita Llugaxhiu", "General Council for Social and Family Services"):
        assert said in text


def test_the_number_may_be_typed_as_people_type(client, certificate):
    typed = certificate.grouped_number.lower().replace("0", "o").replace("1", "l")

    assert page(client, typed).status_code == 200


def test_the_page_is_kept_by_nobody_and_light(client, certificate):
    answer = page(client, certificate.number, c=code_on_paper(certificate))

    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex">' in answer.content.decode()
    assert len(answer.content) <= 50_000
    assert not answer.cookies


def test_at_most_four_statements_are_asked(client, certificate):
    code = code_on_paper(certificate)
    page(client, certificate.number)

    for query in ({}, {"c": code}):
        with CaptureQueriesContext(connection) as done:
            page(client, certificate.number, **query)

        told = [each["sql"].lstrip("(").split()[0] for each in done.captured_queries]
        assert told.count("SELECT") <= 4
        # What is counted when the answer is on its way: one row of the day, one of the certificate.
        assert [word for word in told if word not in ("SELECT", "SAVEPOINT", "RELEASE")] == ["INSERT", "INSERT"]


def test_an_unknown_number_and_a_wrong_code_answer_alike(client, certificate):
    wrong = page(client, certificate.number, c="0000000000")
    unknown = page(client, UNKNOWN, c="0000000000")

    assert (wrong.status_code, unknown.status_code) == (404, 404)
    assert wrong.content.decode().replace(certificate.number, UNKNOWN) == unknown.content.decode()


def test_a_mistyped_number_is_told_before_any_look_up(client, django_assert_num_queries):
    typed = "J" + UNKNOWN[1:]

    with django_assert_num_queries(0):
        answer = client.get("/v/", {"number": typed})

    assert "probably in group 1 of 3" in answer.content.decode()
    assert page(client, typed).status_code == 404
    assert "you typed 4" in client.get("/v/", {"number": "ABCD"}).content.decode()


@pytest.fixture
def strict_client():
    """A browser whose forms are checked for forgery, as in production."""
    return Client(enforce_csrf_checks=True, headers={"accept-language": "en"})


def test_the_form_answers_on_its_own_page_and_puts_no_code_into_an_address(strict_client, certificate):
    code = code_on_paper(certificate)

    asked = strict_client.get("/v/")
    answer = strict_client.post("/v/", {"number": certificate.grouped_number, "code": code.lower()})

    assert 'method="post"' in asked.content.decode()
    assert answer.status_code == 200
    assert "Çlirim Gjergjaj" in answer.content.decode()
    assert code not in answer.content.decode()
    assert not asked.cookies
    assert not answer.cookies


def test_the_code_is_added_on_the_certificates_page(strict_client, certificate):
    code = code_on_paper(certificate)
    here = f"/v/{certificate.number}"

    assert f'action="{here}" method="post"' in strict_client.get(here).content.decode()
    assert "Çlirim Gjergjaj" in strict_client.post(here, {"code": code}).content.decode()
    assert strict_client.post(here, {"code": "0000000000"}).status_code == 404


def test_the_form_needs_the_number_only_and_tells_a_mistyped_one(client, certificate):
    alone = client.post("/v/", {"number": certificate.grouped_number, "code": ""})
    mistyped = client.post("/v/", {"number": "J" + UNKNOWN[1:], "code": "7k2m9qxd0r"}).content.decode()

    assert "Ç. G." in alone.content.decode()
    assert "probably in group 1 of 3" in mistyped
    assert 'value="7k2m9qxd0r"' in mistyped


def test_a_code_in_the_address_of_the_form_is_not_read(client, certificate):
    answer = client.get("/v/", {"number": certificate.number, "code": code_on_paper(certificate)})

    assert "Gjergjaj" not in answer.content.decode()


def test_guessing_is_slowed_and_a_genuine_number_is_still_answered(client, certificate):
    answers = [page(client, certificate.number, c="0000000000").status_code for _attempt in range(12)]

    assert answers == [404] * settings.VERIFY_FAILURES_PER_MINUTE + [429] * 2
    assert page(client, UNKNOWN)["Retry-After"] == "60"
    assert page(client, certificate.number, c=code_on_paper(certificate)).status_code == 429
    assert page(client, certificate.number).status_code == 200


def test_many_look_ups_of_genuine_certificates_from_one_office_are_answered(client, certificate):
    code = code_on_paper(certificate)

    assert {page(client, certificate.number, c=code).status_code for _check in range(30)} == {200}


def test_it_works_when_the_holders_account_is_gone(client, certificate):
    code = code_on_paper(certificate)
    account = User.objects.create_user("gone@example.org", "a long password")
    certificate.person.user = account
    certificate.person.save()
    account.delete()

    assert "Çlirim Gjergjaj" in page(client, certificate.number, c=code).content.decode()


@pytest.mark.parametrize("language", ["sq", "sr-latn", "sr", "en"])
def test_it_answers_in_every_language(client, certificate, language):
    with translation.override(language):
        answer = client.get(f"/v/{certificate.number}", {"lang": language})

    assert answer.status_code == 200
    assert f'lang="{ {"sr-latn": "sr-Latn", "sr": "sr"}.get(language, language) }' in answer.content.decode()


def test_only_asking_is_possible(client, certificate):
    assert client.put(f"/v/{certificate.number}").status_code == 405
    assert client.delete("/v/").status_code == 405


def test_nothing_is_written_by_a_look_up(client, certificate):
    before = Certificate.objects.values().get()

    page(client, certificate.number, c=code_on_paper(certificate))

    assert Certificate.objects.values().get() == before


def test_an_altered_certificate_is_never_called_valid(client, certificate):
    forged = bytes(certificate.facts_canonical).replace(b"Gjergjaj", b"Somebody")
    with database_in_hand():
        Certificate.objects.update(facts_canonical=forged)

    text = page(client, certificate.number).content.decode()

    assert "Not genuine" in text
    assert "holds today" not in text


def test_the_holder_and_officers_download_the_stored_bytes_and_nobody_else(client, client_for, certificate):
    owner, stranger = (
        User.objects.create_user("own@example.org", "x" * 12),
        User.objects.create_user("o@x.org", "x" * 12),
    )
    certificate.person.user = owner
    certificate.person.save()
    address = f"/en/certificates/{certificate.pk}/document"

    answer = client_for(owner).get(address)

    assert answer.content == bytes(certificate.document.content)
    assert answer["ETag"] == f'"{certificate.document.sha256}"'
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="{certificate.serial}-clirim-gjergjaj.pdf"; '
        f"filename*=UTF-8''{certificate.serial}%20%C3%87lirim%20Gjergjaj.pdf"
    )
    assert client_for(owner).get(address, headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert client_for(officer("two@example.org")).get(address).status_code == 200
    assert client_for(commission_member("three@example.org")).get(address).status_code == 200
    assert client_for(stranger).get(address).status_code == 404
    assert client.get(address).status_code == 302


def test_the_holder_sees_the_list(client_for, certificate):
    owner = User.objects.create_user("own@example.org", "x" * 12)
    certificate.person.user = owner
    certificate.person.save()

    text = client_for(owner).get("/en/certificates/").content.decode()
    empty = client_for(User.objects.create_user("new@example.org", "x" * 12)).get("/en/certificates/").content.decode()

    assert certificate.title in text
    assert f"/en/certificates/{certificate.pk}/document" in text
    assert "No certificate yet" in empty
