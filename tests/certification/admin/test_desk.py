"""The Council's desk: acts told beforehand, what waits, cases with deadlines, renewals, papers, lineage, downloads."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from certification.models import ActRequest, CertificateDownload, PaperCertificate, RegisterImport, ReviewCase
from certification.operations import reissuing, reviewing, revoking
from certification.operations.revoking import Grounds
from lms.kernel import clock
from lms.people import roles
from tests.certification.factories import (
    commission_member,
    completed_group,
    issued_batch,
    issued_certificate,
    licence_for,
    officer,
)
from tests.certification.operations.test_importing_papers import LINE, as_csv
from tests.certification.views.test_papers import entered
from tests.factories import EditionFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

OFFICE = "/office/certificates/"


@pytest.fixture
def asking():
    return officer("asks@example.org")


@pytest.fixture
def deciding():
    return commission_member("decides@example.org")


def text(answer):
    return answer.content.decode()


def grounds(code="issued_in_error", **fields):
    return Grounds(**{"reason_code": code, "effective_on": clock.local_day()} | fields)


def test_what_an_act_will_do_is_said_to_who_asks_and_to_who_decides(client_for, asking, deciding):
    certificate = issued_certificate()
    address = f"{OFFICE}all/{certificate.pk}/"
    said = {"reason_code": "issued_in_error", "effective_on": str(certificate.issued_on), "public_all": "VKM 12/2026"}

    form = text(client_for(asking).get(f"{address}revoked/"))
    client_for(asking).post(f"{address}revoked/", said)
    waiting = text(client_for(deciding).get(OFFICE))
    seen = text(client_for(deciding).get(address))

    for page in (form, seen):
        assert "answers “revoked”, with the public text, for good" in page
        assert "its entry is never taken back" in page
    assert "name_changed" not in form  # only reasons that fit the act
    assert certificate.serial in waiting
    assert "Issued in error" in waiting
    assert "VKM 12/2026" in seen
    assert ActRequest.objects.get().public_text == {"und": "VKM 12/2026"}


def test_a_mistaken_revocation_is_answered_with_a_new_certificate_by_two_people(client_for, asking, deciding):
    certificate = issued_certificate()
    revoking.revoke(certificate, grounds(), by=asking, approver=deciding)
    address = f"{OFFICE}all/{certificate.pk}/"

    client_for(asking).post(f"{address}issued/", {"reason_code": "appeal_upheld", "decision_number": "9/2026"})
    asked = ActRequest.objects.get()
    own = client_for(asking).post(f"{OFFICE}requests/{asked.pk}/", {"answer": "approve"}, follow=True)
    done = client_for(deciding).post(f"{OFFICE}requests/{asked.pk}/", {"answer": "approve"}, follow=True)
    old = text(client_for(deciding).get(address))

    assert "somebody else must decide" in text(own)
    assert "Issued anew for" in text(done)
    assert certificate.restored_by.serial in old
    assert "Issued anew as" in old


def test_certificates_are_found_by_licence_number_and_by_the_name_that_was_printed(client_for, asking):
    person = PersonFactory(given_name="Љубиша", surname="Џамбић")
    licence_for(person, "L-77")
    certificate = issued_certificate(person)
    person.given_name, person.surname = "Petar", "Ilić"
    person.save()
    browser = client_for(asking)

    for words in ("l-77", "dzambic", "petar ilic", certificate.serial.lower(), certificate.grouped_number):
        assert certificate.serial in text(browser.get(f"{OFFICE}all/", {"q": words}))
    assert certificate.serial not in text(browser.get(f"{OFFICE}all/", {"q": "L-78"}))


def test_the_pages_of_the_desk_cost_the_same_for_one_row_and_for_three(
    client_for, asking, django_assert_max_num_queries
):
    browser = client_for(asking)
    edition = EditionFactory(days=1, valid_months=3)
    paths = ["reviews/", "renewals/", "papers/", "all/?q=Programme", ""]

    def cost(batch, number):
        for certificate in batch.certificates.all():
            reviewing.report(certificate, "x", by=asking)
            revoking.request(certificate, "revoked", grounds(), by=asking)
            number += 1
            entered(number=str(number))
        found = []
        for path in paths:
            with django_assert_max_num_queries(60) as queries:
                assert browser.get(OFFICE + path).status_code == 200
            found.append(len(queries))
        return found

    first = issued_batch(completed_group(1, edition=edition))
    for path in paths:
        browser.get(OFFICE + path)
    one = cost(first, 0)
    second = issued_batch(
        completed_group(2, edition=edition), by=officer("x@example.org"), approver=commission_member("y@example.org")
    )

    # The rounds themselves are two by then, which cost no more either.
    assert cost(second, 10) == one


def test_overdue_cases_stand_on_top_and_are_settled_on_their_page(client_for, asking, deciding):
    late, fresh = issued_batch(completed_group(2)).certificates.order_by("serial")
    reviewing.report(fresh, "A letter", by=asking)
    with clock.standing_at(clock.now() - timedelta(days=40)):
        reviewing.report(late, "Another letter", by=asking)
    browser = client_for(asking)

    listed = text(browser.get(f"{OFFICE}reviews/"))
    case = ReviewCase.objects.get(certificate=late)
    page = text(browser.get(f"{OFFICE}reviews/{case.pk}/?outcome=revoked"))
    said = {"reason_code": "fraud", "effective_on": str(clock.local_day()), "decision_number": "3/2026"}
    browser.post(f"{OFFICE}reviews/{case.pk}/?outcome=revoked", said)
    client_for(deciding).post(f"{OFFICE}requests/{ActRequest.objects.get().pk}/", {"answer": "approve"})
    unchanged = browser.post(
        f"{OFFICE}reviews/{fresh.reviews.get().pk}/?outcome=no_change", {"note": "Nothing in it"}, follow=True
    )

    assert listed.index(late.serial) < listed.index(fresh.serial)
    assert "1 case is overdue" in listed
    assert "overdue by 10 days" in listed
    assert "What this will do" in page
    case.refresh_from_db()
    assert (case.outcome, case.closed_by) == ("revoked", deciding)
    assert "Nothing in it" in text(unchanged)


def test_those_who_only_look_settle_nothing(client_for, asking):
    certificate = issued_certificate()
    case = reviewing.report(certificate, "x", by=asking)
    inspector = client_for(UserFactory(roles=[roles.INSPECTOR]))
    organiser = client_for(UserFactory(roles=[roles.ORGANISER]))
    paper = entered()

    inspector.post(f"{OFFICE}reviews/{case.pk}/?outcome=no_change", {"note": "x"})
    inspector.post(f"{OFFICE}all/{certificate.pk}/report/", {"text": "x"})
    inspector.post(f"{OFFICE}papers/{paper.pk}/withdraw/", {"reason": "x"})
    inspector.post(f"{OFFICE}papers/", {"file": SimpleUploadedFile("x.csv", as_csv(LINE))})

    case.refresh_from_db()
    assert (case.closed_at, ReviewCase.objects.count()) == (None, 1)
    assert (PaperCertificate.objects.get().withdrawn_at, RegisterImport.objects.count()) == (None, 0)
    for path in ("reviews/", f"reviews/{case.pk}/", "renewals/", "papers/", f"papers/{paper.pk}/"):
        assert inspector.get(OFFICE + path).status_code == 200
        assert organiser.get(OFFICE + path).status_code in (302, 403)


def test_a_file_of_papers_is_laid_shown_entered_and_taken_back(client_for, asking, run_queue):
    browser = client_for(asking)

    laid = browser.post(f"{OFFICE}papers/", {"file": SimpleUploadedFile("papers.csv", as_csv(LINE))})
    run_queue()
    shown = text(browser.get(laid["Location"]))
    browser.post(f"{laid['Location']}write/")
    run_queue()
    done = text(browser.get(laid["Location"]))
    paper = PaperCertificate.objects.get()
    browser.post(f"{OFFICE}papers/{paper.pk}/withdraw/", {"reason": "Read wrongly"})

    assert "Arta Gashi" in shown
    assert "Enter 1 certificates" in shown
    assert "1 certificates on paper were entered" in done
    assert "Read wrongly" in text(browser.get(f"{OFFICE}papers/{paper.pk}/"))


def test_downloads_are_noted_and_a_revoked_document_is_not_handed_out_as_valid(client_for, asking, deciding):
    holder = UserFactory(email="holder@example.org")
    certificate = issued_certificate(PersonFactory(user=holder))
    kept = bytes(certificate.document.content)
    address = f"/en/certificates/{certificate.pk}/document"
    browser, archivist = client_for(holder), client_for(asking)

    before = browser.get(address)
    revoking.revoke(certificate, grounds(public_text={"en": "It was issued in error."}), by=asking, approver=deciding)
    refused = browser.get(address)
    pretended = browser.get(f"{address}?archive=1")
    wallet = browser.get(f"/credentials/{certificate.pk}.json")
    explained, archived = archivist.get(address), archivist.get(f"{address}?archive=1")

    assert (before.status_code, before.content) == (200, kept)
    assert [each.status_code for each in (refused, pretended, wallet, explained)] == [409] * 4
    assert "This certificate was revoked with effect from" in text(refused)
    assert "It was issued in error." in text(refused)
    assert "archive=1" not in text(refused)
    assert (archived.status_code, archived.content) == (200, kept)
    noted = CertificateDownload.objects.order_by("id").values_list("form", "downloaded_by")
    assert [*noted] == [("pdf", holder.pk), ("pdf", asking.pk)]
    assert str(holder) in text(archivist.get(f"{OFFICE}all/{certificate.pk}/"))
    assert "Download" not in text(browser.get("/en/certificates/"))


def test_the_holder_of_a_replaced_certificate_finds_the_new_one_only(client_for, asking, deciding):
    holder = UserFactory(email="holder@example.org")
    person = PersonFactory(user=holder)
    old = issued_certificate(person)
    person.surname = "Zhubi"
    person.save()
    new = reissuing.reissue(old, grounds("name_changed"), by=asking, approver=deciding)
    browser = client_for(holder)

    listed = text(browser.get("/en/certificates/"))

    assert str(new.pk) in listed
    assert str(old.pk) not in listed
    assert browser.get(f"/en/certificates/{old.pk}/document").status_code == 409
