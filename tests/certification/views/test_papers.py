"""The public page of certificates on paper: what is told, to whom, and that it is never called valid."""

from datetime import date

import pytest

from certification.models import PaperCertificate
from certification.models.papers import paper_key
from lms.kernel import clock
from lms.kernel.search_names import search_key
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def entered(series="A", number="0012", year=2019, holder="Љубиша Џамбић", **fields):
    return PaperCertificate.objects.create(
        series=series,
        number=number,
        year=year,
        series_key=paper_key(series),
        number_key=paper_key(number),
        holder=holder,
        holder_key=search_key(holder),
        award="Social work with families",
        issued_on=date(year, 5, 3),
        checked_by="Besa Hoxha, archivist",
        checked_on=date(2026, 10, 1),
        checked_against="register book 2019",
        entered_at=clock.now(),
        entered_by=UserFactory(name="Arta Officer"),
        **fields,
    )


def ask(client, **typed):
    answer = client.post("/v/paper", {"series": "", "number": "12", "year": "2019", "name": ""} | typed)
    return answer.status_code, answer.content.decode()


def test_it_is_found_with_who_checked_it_and_said_to_be_unsigned(client):
    entered()

    status, page = ask(client, number=" 12 ", series="a")

    assert status == 200
    assert "not cryptographically signed" in page
    assert "entered here by Arta Officer on" in page
    assert "Besa Hoxha, archivist" in page
    assert "register book 2019" in page
    assert ">Valid<" not in page
    assert "Џамбић" not in page


def test_the_name_is_shown_to_who_types_it_in_either_script_and_a_wrong_one_finds_nothing(client):
    entered()

    assert "Љубиша Џамбић" in ask(client, name="Džambić Ljubiša")[1]
    assert ask(client, name="Petar Petrović")[0] == 404


def test_of_several_series_one_is_asked_for(client):
    entered()
    entered(series="B", holder="Arta Gashi")

    assert "Several series have this number" in ask(client)[1]
    assert "A. G." in ask(client, series="B")[1]


def test_an_unknown_paper_is_not_called_false_and_guessing_is_slow(client, settings):
    settings.VERIFY_FAILURES_PER_MINUTE = 2

    answers = [ask(client, number=str(number)) for number in range(50, 53)]

    assert [status for status, _page in answers] == [404, 404, 429]
    assert "That does not say it is false" in answers[0][1]
    assert "four digits" in ask(client, year="19")[1]


def test_going_through_the_numbers_is_slow_also_when_they_are_found(client, settings):
    settings.VERIFY_FILES_PER_MINUTE = 2
    entered()

    assert [ask(client)[0] for _number in range(3)] == [200, 200, 429]
