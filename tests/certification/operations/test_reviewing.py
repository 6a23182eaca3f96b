"""Review cases: what came to light later opens one by itself; the certificate changes only by what is decided."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from certification import verification
from certification.models import ReviewCase
from certification.operations import reviewing, revoking
from certification.operations.revoking import Grounds
from certification.rules.validity import Standing
from courses.models import AttendanceMark
from courses.operations import completing
from lms.kernel import clock
from tests.certification.factories import commission_member, issued_certificate, officer
from tests.factories import EditionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return issued_certificate()


@pytest.fixture
def asking():
    return officer("asks@example.org")


def grounds(code="evidence_withdrawn"):
    return Grounds(reason_code=code, effective_on=clock.local_day(), internal_note="File 12")


def amend(certificate, value="absent"):
    """The mark that the certificate rests on is amended, as an amendment after the sheet was locked writes it."""
    marks = AttendanceMark.objects.current().filter(enrolment__registration=certificate.registration)
    mark = marks.order_by("pk")[0]
    return AttendanceMark.objects.create(
        session=mark.session,
        enrolment=mark.enrolment,
        value=value,
        source="amendment",
        policy_version="1",
        recorded_at=clock.now(),
        supersedes=mark,
        reason="The sheet was read wrongly",
    )


def test_an_amended_mark_opens_a_case_and_changes_nothing(certificate):
    amend(certificate)

    assert (reviewing.sweep(), reviewing.sweep()) == (1, 0)

    case = ReviewCase.objects.get()
    assert (case.certificate, case.cause, case.opened_by) == (certificate, "evidence", None)
    assert case.deadline_on == clock.local_day() + timedelta(days=30)
    assert {each["kind"] for each in case.findings} == {"day"}
    assert verification.standing(certificate.number) is Standing.VALID
    assert [event.kind for event in certificate.events.all()] == ["issued"]


def test_the_signal_of_an_amendment_opens_it_at_once(certificate, run_queue, django_capture_on_commit_callbacks):
    mark = amend(certificate)

    with django_capture_on_commit_callbacks(execute=True):
        completing.consider_many([mark.enrolment_id])
    run_queue()

    assert ReviewCase.objects.get().certificate == certificate


def test_an_amendment_that_leaves_the_evidence_standing_opens_none(certificate):
    amend(certificate, "late")

    assert reviewing.sweep() == 0


def test_what_was_settled_is_not_opened_again_until_something_else_is_found(certificate, asking):
    amend(certificate)
    reviewing.sweep()

    with pytest.raises(reviewing.ReviewRefused, match="Write why"):
        reviewing.leave_unchanged(ReviewCase.objects.get(), note=" ", by=asking)
    settled = reviewing.leave_unchanged(ReviewCase.objects.get(), note="The paper sheet is signed.", by=asking)

    assert (settled.outcome, settled.closed_by, reviewing.sweep()) == ("no_change", asking, 0)
    with pytest.raises(reviewing.ReviewRefused, match="settled already"):
        reviewing.leave_unchanged(settled, note="Again", by=asking)


def test_an_act_settles_the_case_when_another_approves_and_not_when_it_is_sent_back(certificate, asking):
    decider = commission_member("decides@example.org")
    amend(certificate)
    reviewing.sweep()
    case = reviewing.ask_for_act(ReviewCase.objects.get(), "revoked", grounds(), by=asking)
    still_open = (case.closed_at, verification.standing(certificate.number))
    with pytest.raises(revoking.FourEyes):
        revoking.approve(case.request, by=asking)
    revoking.reject(case.request, by=decider)
    case.refresh_from_db()
    sent_back = (case.request, case.outcome, case.closed_at)
    case = reviewing.ask_for_act(case, "suspended", grounds("under_review"), by=asking)
    revoking.approve(case.request, by=decider)
    case.refresh_from_db()

    assert still_open == (None, Standing.VALID)
    assert sent_back == (None, "", None)
    assert (case.outcome, case.closed_by) == ("suspended", decider)
    assert verification.standing(certificate.number) is Standing.SUSPENDED


def test_a_withdrawn_accreditation_opens_a_case():
    said = {"status": "accredited", "body": "Council", "number": "A-7", "from": None, "to": None}
    certificate = issued_certificate(edition=EditionFactory(days=1, programme_code="ACC", accreditation=said))
    before = reviewing.sweep()
    EditionFactory(days=1, programme_code="ACC", number=2, accreditation=said | {"status": "withdrawn"})

    assert (before, reviewing.sweep(), reviewing.sweep()) == (0, 1, 0)
    assert (ReviewCase.objects.get().cause, ReviewCase.objects.get().certificate) == ("accreditation", certificate)


def test_under_review_is_said_to_the_public_only_where_that_is_the_policy(certificate, asking, settings, client):
    reviewing.report(certificate, "A letter says the training was never attended.", by=asking)
    silent = client.get(f"/v/{certificate.number}").content.decode()
    settings.REVIEWS_ARE_PUBLIC = True
    told = client.get(f"/v/{certificate.number}").content.decode()

    assert "is reviewing it" not in silent
    assert "is reviewing it" in told
    assert "letter" not in told


def test_the_database_refuses_a_case_closed_without_outcome_or_acted_on_without_request(certificate, asking):
    reviewing.report(certificate, "x", by=asking)

    for outcome in ("", "revoked"):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReviewCase.objects.update(closed_at=clock.now(), closed_by=asking, outcome=outcome)
