"""The office: look, ask, let another approve by naming the number, watch, hand over."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse

from certification.models import ActRequest, Certificate, IssueBatch
from certification.operations import issuing
from lms.kernel import clock
from lms.people import roles
from tests.certification.factories import (
    SignatoryFactory,
    commission_member,
    completed_group,
    group_with,
    issued_batch,
    issued_certificate,
    officer,
)
from tests.factories import EditionFactory, GroupFactory, PersonFactory, RoundFactory, UserFactory, sessions_of

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


def test_preflight_shows_two_columns_with_sentences(client_for, asking):
    away = PersonFactory(given_name="Besa", surname="Shyti")
    group = group_with(PersonFactory(), absent=[away])

    page = text(client_for(asking).get(f"{OFFICE}rounds/{group.round.code}/"))

    assert "<strong>1</strong> ready, <strong>1</strong> not ready" in page
    assert "Besa Shyti" in page
    assert "nobody has marked" in page
    assert "Ask for 1 certificate" in page


def test_asking_and_approving_takes_two_people_and_the_number(client_for, asking, deciding, run_queue):
    SignatoryFactory()
    group = completed_group(2)
    asker, decider = client_for(asking), client_for(deciding)

    asked = asker.post(f"{OFFICE}rounds/{group.round.code}/")
    batch = IssueBatch.objects.get()
    own = asker.post(f"{OFFICE}lists/{batch.pk}/approve/", {"count": "2"}, follow=True)
    wrong = decider.post(f"{OFFICE}lists/{batch.pk}/approve/", {"count": "3"}, follow=True)
    right = decider.post(f"{OFFICE}lists/{batch.pk}/approve/", {"count": "2"}, follow=True)
    run_queue()
    done = decider.get(f"{OFFICE}lists/{batch.pk}/")

    assert asked["Location"] == f"{OFFICE}lists/{batch.pk}/"
    assert "somebody else must decide" in text(own)
    assert "you typed 3, but the list has 2" in text(wrong)
    assert "2 certificates are being issued" in text(right)
    assert 'data-refresh-every="1500"' in text(right)
    assert "<strong>2</strong> issued" in text(done)
    assert Certificate.objects.count() == 2


def test_a_list_can_be_sent_back_with_a_note(client_for, asking, deciding):
    SignatoryFactory()
    batch = issuing.request(completed_group(1).round.code, by=asking)

    page = client_for(deciding).post(f"{OFFICE}lists/{batch.pk}/reject/", {"note": "Wrong dates"}, follow=True)

    assert "Wrong dates" in text(page)
    assert Certificate.objects.count() == 0


def test_failed_rows_are_tried_again(client_for, asking, deciding, run_queue):
    group = completed_group(1, titles={"sq": "社", "en": "x"})
    batch = issued_batch(group)

    page = client_for(deciding).get(f"{OFFICE}lists/{batch.pk}/")
    client_for(deciding).post(f"{OFFICE}lists/{batch.pk}/retry/")

    assert "has a character that cannot be printed (U+793E)" in text(page)
    batch.refresh_from_db()
    assert batch.state == IssueBatch.State.RUNNING


def test_a_batch_is_handed_over_as_documents_with_a_guarded_list(client_for, asking):
    batch = issued_batch(group_with(PersonFactory(given_name="=Ana", surname="Gashi"), PersonFactory()))

    answer = client_for(asking).get(f"{OFFICE}lists/{batch.pk}/documents.zip")

    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    listed = packed.read("manifest.csv").decode("utf-8-sig")
    assert len(packed.namelist()) == 5
    certificate = batch.certificates.get(facts__holder__given_name="=Ana")
    assert packed.read(f"{certificate.serial}-ana-gashi.pdf") == bytes(certificate.document.content)
    assert "'=Ana" in listed
    assert certificate.document.sha256 in listed


def test_the_list_of_a_batch_costs_the_same_for_one_and_three(client_for, asking, django_assert_max_num_queries):
    browser = client_for(asking)
    small, large = (
        issued_batch(completed_group(1)),
        issued_batch(completed_group(3), by=officer("x@example.org"), approver=commission_member("y@example.org")),
    )
    browser.get(f"{OFFICE}lists/{small.pk}/")

    with django_assert_max_num_queries(40) as one:
        browser.get(f"{OFFICE}lists/{small.pk}/")
    with django_assert_max_num_queries(40) as three:
        browser.get(f"{OFFICE}lists/{large.pk}/")

    assert len(one) == len(three)


def test_the_list_of_certificates_costs_the_same_for_one_and_three(client_for, asking, django_assert_max_num_queries):
    browser = client_for(asking)
    issued_batch(completed_group(1))
    browser.get(f"{OFFICE}all/")
    with django_assert_max_num_queries(40) as one:
        browser.get(f"{OFFICE}all/")
    issued_batch(completed_group(2), by=officer("x@example.org"), approver=commission_member("y@example.org"))
    with django_assert_max_num_queries(40) as three:
        browser.get(f"{OFFICE}all/")

    assert len(one) == len(three)


def test_certificates_are_found_by_number_serial_and_name(client_for, asking):
    certificate = issued_certificate(PersonFactory(given_name="Љубиша", surname="Џамбић"))
    browser = client_for(asking)

    for words in (certificate.grouped_number.lower(), certificate.serial, "dzambic"):
        assert certificate.serial in text(browser.get(f"{OFFICE}all/", {"q": words}))
    assert certificate.serial not in text(browser.get(f"{OFFICE}all/", {"q": "nobody"}))


def test_revoking_is_asked_for_by_one_and_decided_by_another(client_for, asking, deciding):
    certificate = issued_certificate()
    address = f"{OFFICE}all/{certificate.pk}/"
    said = {"reason_code": "issued_in_error", "effective_on": certificate.issued_on, "public_en": "Not attended."}

    asked = client_for(asking).post(f"{address}revoked/", said, follow=True)
    request = ActRequest.objects.get()
    own = client_for(asking).post(f"{OFFICE}requests/{request.pk}/", {"answer": "approve"}, follow=True)
    done = client_for(deciding).post(f"{OFFICE}requests/{request.pk}/", {"answer": "approve"}, follow=True)

    assert "Asked for" in text(asked)
    assert "somebody else must decide" in text(own)
    assert "Not attended." in text(done)
    assert "revoked" in text(done)
    certificate.refresh_from_db()
    assert certificate.ended_at is not None


def test_replacing_refuses_early_when_the_name_did_not_change(client_for, asking):
    certificate = issued_certificate()

    page = client_for(asking).post(
        f"{OFFICE}all/{certificate.pk}/superseded/",
        {"reason_code": "name_changed", "effective_on": certificate.issued_on},
    )

    assert "The name on record is the one already printed" in text(page)
    assert ActRequest.objects.count() == 0


@pytest.mark.parametrize("role", [roles.INSPECTOR, roles.ADMINISTRATOR, roles.COMMISSION_MEMBER, roles.ORGANISER])
def test_only_officers_ask_and_only_officers_and_the_commission_decide(client_for, role, asking):
    SignatoryFactory()
    group = completed_group(1)
    batch = issuing.request(group.round.code, by=asking)
    browser = client_for(UserFactory(roles=[role]))

    browser.post(f"{OFFICE}rounds/{group.round.code}/")
    browser.post(f"{OFFICE}lists/{batch.pk}/approve/", {"count": "1"})

    batch.refresh_from_db()
    assert IssueBatch.objects.count() == 1
    assert batch.state == ("running" if role == roles.COMMISSION_MEMBER else "requested")


def test_a_stranger_sees_none_of_it(client, client_for):
    certificate = issued_certificate()
    paths = ["", f"rounds/{certificate.facts['completion']['round']}/", f"lists/{certificate.batch_id}/", "all/"]
    paths += [f"all/{certificate.pk}/", f"lists/{certificate.batch_id}/documents.zip"]
    paths += [f"lists/{certificate.batch_id}/manifest.csv", f"serial/{certificate.serial}/"]
    organiser = client_for(UserFactory(roles=[roles.ORGANISER]))

    for path in paths:
        assert client.get(OFFICE + path).status_code == 302
        assert organiser.get(OFFICE + path).status_code in (302, 403)


def test_every_page_of_the_office_opens_for_an_officer(client_for, asking):
    certificate = issued_certificate()
    browser = client_for(asking)

    for path in [
        "",
        f"lists/{certificate.batch_id}/",
        "all/",
        f"all/{certificate.pk}/",
        f"all/{certificate.pk}/revoked/",
    ]:
        assert browser.get(OFFICE + path).status_code == 200
    assert browser.get(f"{OFFICE}serial/{certificate.serial}/").status_code == 302
    assert browser.get(f"{OFFICE}rounds/NO-1/")["Location"] == OFFICE


def test_a_round_that_has_not_begun_is_not_said_to_be_running(client_for):
    today = clock.local_day()
    for code, first_on in (("R-AHEAD", 5), ("R-RUNS", -1), ("R-OVER", -9)):
        group = GroupFactory(round=RoundFactory(code=code, edition=EditionFactory(days=3)))
        sessions_of(group, today + timedelta(days=first_on))
    office = client_for(UserFactory(roles=[roles.COUNCIL_OFFICER]))

    page = office.get(reverse("issuing:start"))

    assert [(each.code, stage) for each, stage in page.context["rounds"]] == [
        ("R-OVER", "ended"),
        ("R-RUNS", "running"),
        ("R-AHEAD", "ahead"),
    ]
    said = page.content.decode()
    assert (said.count("not begun yet"), said.count("still running")) == (1, 1)
