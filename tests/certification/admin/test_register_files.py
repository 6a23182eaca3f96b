"""Register files in the office: laid, watched, looked through, written by a deliberate click."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from certification.models import Licence, RegisterImport
from lms.people import roles
from tests.certification.factories import IssuingBodyFactory
from tests.certification.operations.test_importing_register import LINE, OTHER, as_csv
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
FILES = "/office/register/files/"


@pytest.fixture
def office(client_for):
    IssuingBodyFactory()
    return client_for(UserFactory(roles=[roles.COUNCIL_OFFICER]))


def lay(office, *lines, content=None):
    file = SimpleUploadedFile("register.csv", content or as_csv(*lines).getvalue())
    return office.post(FILES, {"file": file, "body": IssuingBodyFactory().pk})


def test_from_the_upload_to_the_register(office, run_queue):
    laid = lay(office, LINE, OTHER | {"status": "x"})
    waiting = office.get(laid.url).content.decode()
    run_queue()
    shown = office.get(laid.url).content.decode()

    assert laid.status_code == 302
    assert "The file is being read." in waiting
    assert f'href="{laid.url}">Refresh</a>' in waiting
    assert "Write 1 new and 0 changed licences" in shown
    assert "status “x” is not known." in shown
    assert LINE["personal_number"] not in shown + office.get(laid.url, {"show": "new"}).content.decode()
    assert not Licence.objects.exists()

    office.post(f"{laid.url}write/")
    office.post(f"{laid.url}write/")
    writing = office.get(laid.url).content.decode()
    run_queue()
    done = office.get(laid.url, {"show": "new"}).content.decode()

    assert "The licences are being written." in writing
    assert "1 licence was written" in done
    assert reverse("register:licence", args=[Licence.objects.get().pk]) in done


def test_a_change_is_shown_in_words(office, run_queue):
    first = lay(office, LINE)
    run_queue()
    office.post(f"{first.url}write/")
    run_queue()
    second = lay(office, LINE | {"level": "high", "municipality": "Prizren", "personal_number": "0000000027"})
    run_queue()

    row = office.get(second.url, {"show": "changed"}).context["rows"][0]

    assert row.said == [
        ("personal number", "(not shown)", "(not shown)"),
        ("level", "basic", "high"),
        ("municipality", "Pejë", "Prizren"),
    ]


def test_a_file_put_away_writes_nothing(office, run_queue):
    laid = lay(office, LINE)
    run_queue()

    office.post(f"{laid.url}cancel/")
    office.post(f"{laid.url}write/")
    run_queue()

    assert RegisterImport.objects.get().state == "cancelled"
    assert not Licence.objects.exists()
    assert "put away" in office.get(laid.url).content.decode()


def test_a_file_of_another_kind_is_refused_by_what_it_holds(office, run_queue):
    laid = lay(office, content=b"\x89PNG\r\n\x1a\n\x00\x00")
    run_queue()

    assert "neither CSV text nor an XLSX workbook" in office.get(laid.url).content.decode()


def test_looking_writes_nothing(office, run_queue):
    laid = lay(office, LINE)
    run_queue()

    assert office.get(f"{laid.url}write/").status_code == 405
    assert office.get(f"{laid.url}cancel/").status_code == 405
    assert RegisterImport.objects.get().state == "ready"


def test_the_inspection_sees_the_file_and_may_not_write_it(office, client_for, run_queue):
    laid = lay(office, LINE)
    run_queue()
    inspection = client_for(UserFactory(roles=[roles.INSPECTOR]))

    page = inspection.get(laid.url)
    inspection.post(f"{laid.url}write/")

    assert page.status_code == 200
    assert "write/" not in page.content.decode()
    assert RegisterImport.objects.get().state == "ready"


def test_a_list_of_lines_costs_the_same_for_one_and_for_three(office, run_queue, django_assert_max_num_queries):
    laid = lay(office, LINE)
    more = lay(office, LINE, OTHER, OTHER | {"licence_number": "L-3"})
    run_queue()
    office.get(laid.url)
    with django_assert_max_num_queries(40) as one:
        office.get(laid.url)

    with django_assert_max_num_queries(len(one)):
        office.get(more.url)
