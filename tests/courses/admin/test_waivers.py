"""Waivers in the office: proposed by an organiser, decided by somebody else of the Council, read by nobody outside."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from courses.models import Waiver
from courses.operations import waiving
from lms import office
from lms.kernel import clock
from lms.people import roles
from tests.factories import EditionFactory, EnrolmentFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def organiser():
    return UserFactory(roles=[roles.ORGANISER])


@pytest.fixture
def officer():
    return UserFactory(roles=[roles.COUNCIL_OFFICER])


def enrolled(**person):
    return EnrolmentFactory(
        edition=EditionFactory(programme_code=person.pop("code", "ONL"), days=0, modules=2),
        person=PersonFactory(**({"given_name": "Arta", "surname": "Çela"} | person)),
    )


def proposed(by, **person):
    return waiving.propose(enrolled(**person), "module", "M2", by=by, reason="Holds a diploma in it")


def test_an_organiser_proposes_with_the_paper_and_only_the_office_opens_it(client_for, organiser, officer):
    enrolment = enrolled()
    address = reverse("propose_waiver", args=[enrolment.pk])
    desk = client_for(organiser)
    page = desk.get(address).content.decode()

    answer = desk.post(
        address,
        {
            "criterion": "module:M2",
            "reason": "Holds a diploma in it",
            "document": SimpleUploadedFile("diploma.pdf", b"%PDF-1.7 \n"),
        },
    )

    waiver = Waiver.objects.get()
    assert "is missing" in page
    assert answer.url == reverse("waiver", args=[waiver.pk])
    assert (waiver.kind, waiver.code, waiver.proposed_by) == ("module", "M2", organiser)
    paper = reverse("waiver_document", args=[waiver.pk])
    download = client_for(officer).get(paper)
    assert download["Content-Disposition"] == 'attachment; filename="diploma.pdf"'
    assert b"".join(download.streaming_content) == b"%PDF-1.7 \n"
    for role in (None, roles.TRAINER, roles.COURSE_AUTHOR):
        stranger = client_for(UserFactory(roles=[role] if role else []))
        assert stranger.get(paper).status_code in (302, 403)


def test_an_officer_grants_and_withdraws_what_somebody_else_proposed(client_for, organiser, officer):
    waiver = proposed(organiser)
    address, desk = reverse("waiver", args=[waiver.pk]), client_for(officer)
    assert [each.text for each in office.waiting_for(officer)] == ["1 waiver waits for your decision"]

    assert "Grant the waiver" in desk.get(address).content.decode()
    desk.post(address, {"answer": "grant"})

    waiver.refresh_from_db()
    assert waiver.granted_by == officer
    assert office.waiting_for(officer) == []
    silent = desk.post(address, {"answer": "withdraw"}, follow=True)
    assert "Give the reason" in silent.content.decode()
    desk.post(address, {"answer": "withdraw", "reason": "Forged"})
    waiver.refresh_from_db()
    assert waiver.ended_at is not None
    page = desk.get(address).content.decode()
    assert "Forged" in page
    assert "Grant the waiver" not in page


def test_who_proposed_may_take_it_back_but_not_grant_it(client_for, officer):
    waiver = proposed(officer)
    address, desk = reverse("waiver", args=[waiver.pk]), client_for(officer)

    page = desk.get(address).content.decode()
    refused = desk.post(address, {"answer": "grant"}, follow=True).content.decode()

    waiver.refresh_from_db()
    assert "Grant the waiver" not in page
    assert "Somebody else has to decide" in refused
    assert waiver.granted_at is None
    desk.post(address, {"answer": "refuse", "reason": "Wrong person"})
    waiver.refresh_from_db()
    assert waiver.ended_at is not None


@pytest.mark.parametrize("role", [roles.ORGANISER, roles.INSPECTOR, roles.ADMINISTRATOR])
def test_who_reads_waivers_does_not_decide_on_them(client_for, officer, role):
    waiver = proposed(officer)
    address, desk = reverse("waiver", args=[waiver.pk]), client_for(UserFactory(roles=[role]))

    page = desk.get(address).content.decode()
    for answer in ("grant", "refuse"):
        desk.post(address, {"answer": answer, "reason": "x"})

    waiver.refresh_from_db()
    assert "Holds a diploma in it" in page
    assert (waiver.granted_at, waiver.ended_at) == (None, None)


@pytest.mark.parametrize("role", [None, roles.TRAINER, roles.COURSE_AUTHOR])
def test_who_has_no_business_here_is_refused(client_for, organiser, role):
    waiver = proposed(organiser)
    browser = client_for(UserFactory(roles=[role] if role else []))

    for address in (
        reverse("waivers"),
        reverse("waiver", args=[waiver.pk]),
        reverse("propose_waiver", args=[waiver.enrolment_id]),
    ):
        assert browser.get(address).status_code in (302, 403)
        assert browser.post(address, {"answer": "grant", "reason": "x"}).status_code in (302, 403)


def test_who_only_reads_cannot_propose(client_for):
    address = reverse("propose_waiver", args=[enrolled().pk])

    for role in (roles.INSPECTOR, roles.COMMISSION_MEMBER):
        assert client_for(UserFactory(roles=[role])).get(address).status_code in (302, 403)


def test_the_list_is_searched_and_narrowed_and_costs_the_same_for_one_and_three(client_for, organiser, officer):
    desk = client_for(officer)
    waiving.grant(proposed(organiser, code="ON1"), by=officer)
    proposed(organiser, code="ON2", surname="Gashi")
    desk.get(reverse("waivers"))

    def cost():
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse("waivers"), {"state": "all"})
        return len(queries)

    waiting = desk.get(reverse("waivers")).content.decode()
    found = desk.get(reverse("waivers"), {"state": "granted", "q": "cela"}).content.decode()
    assert ("Gashi" in waiting, "Çela" in waiting) == (True, False)
    assert ("Gashi" in found, "Çela" in found) == (False, True)
    two = cost()
    proposed(organiser, code="ON3")
    assert cost() == two


def test_an_expired_proposal_is_told_on_the_form_not_by_a_fault(client_for, organiser):
    enrolment = enrolled()

    page = client_for(organiser).post(
        reverse("propose_waiver", args=[enrolment.pk]),
        {"criterion": "module:M2", "reason": "x", "expires_on": clock.local_day() - timedelta(days=1)},
    )

    assert "before today" in page.content.decode()
    assert not Waiver.objects.exists()
