"""Watching the log: what does not agree pages somebody at once and every day; what agrees is silent."""

import io
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certification.models import Certificate, Checkpoint, LogEntry, StatusList, Upkeep
from certification.operations import keeping_log, mirroring, publishing_lists, reconciling, watching, witnessing
from lms.kernel import clock
from lms.people import roles
from tests.certification.factories import (
    commission_member,
    completed_group,
    issued_batch,
    issued_certificate,
    officer,
)
from tests.certification.tampering import database_in_hand
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _somebody_is_paged(settings):
    settings.ALARM_MAIL_TO = ["keeper@example.org"]
    settings.CHECKPOINT_MAIL_TO = ["council@example.org", "archive@example.org"]


def letters(run_queue):
    run_queue()
    found = [(each.subject, each.body, each.to) for each in mail.outbox if not each.subject.startswith("Certificate")]
    return [
        each for each in found if set(each[2]) <= {"keeper@example.org", "council@example.org", "archive@example.org"}
    ]


def moved_back(certificate):
    with database_in_hand():
        Certificate.objects.filter(pk=certificate.pk).update(valid_from=certificate.valid_from - timedelta(days=365))


def test_what_agrees_is_silent_and_stands_in_a_row(run_queue):
    issued_certificate()
    publishing_lists.publish()

    run = watching.reconcile()

    assert (run.found, run.findings, run.size) == (0, [], 1)
    assert run.finished_at
    assert letters(run_queue) == []


def test_what_differs_is_mailed_at_once_and_again_every_day(run_queue):
    certificate = issued_certificate()
    publishing_lists.publish()
    moved_back(certificate)

    watching.reconcile()
    watching.reconcile()

    sent = letters(run_queue)
    assert [each[0] for each in sent] == ["ALARM 127.0.0.1:8000/log: 2"] * 2
    body = sent[0][1]
    assert f"- {certificate.serial}: valid_from is" in body
    assert "do not agree with what was signed" in body
    assert "http://127.0.0.1:8000/office/certificates/log/" in body
    assert body.count("\n---\n") == 3
    assert certificate.facts["holder"]["surname"] not in body


def test_a_long_comparison_goes_on_in_the_next_task_and_finds_the_same(run_queue, monkeypatch):
    group = completed_group(3)
    certificates = list(issued_batch(group).certificates.order_by("serial"))
    publishing_lists.publish()
    for each in certificates[::2]:
        moved_back(each)
    expected = [str(each) for each in reconciling.differences()]
    monkeypatch.setattr(watching, "_SLICE", -1)  # a slice ends after every certificate

    first = watching.reconcile()
    assert (first.finished_at, first.found) == (None, 2)
    run_queue()

    run = Upkeep.objects.get(kind="reconcile")
    assert run.finished_at
    assert run.findings == expected
    assert run.found == len(expected)


def test_a_slice_that_ran_twice_tells_nothing_twice():
    certificate = issued_certificate()
    publishing_lists.publish()
    moved_back(certificate)
    run = Upkeep.objects.create(kind="reconcile", started_at=clock.now(), findings=[], found=0)
    watching.reconcile(run.pk)

    again = watching.reconcile(run.pk)

    assert again.found == 2


def test_the_command_writes_the_same_row_and_pages_too(run_queue):
    certificate = issued_certificate()
    publishing_lists.publish()
    moved_back(certificate)

    with pytest.raises(CommandError, match="2 things do not agree"):
        call_command("reconcile", stdout=io.StringIO())

    assert watching.last_reconciliation().found == 2
    assert len(letters(run_queue)) == 1


def test_a_log_that_is_not_what_was_signed_gets_no_checkpoint_and_pages(run_queue):
    keeping_log.record("list", {"number": 1})
    keeping_log.record("list", {"number": 2})
    with database_in_hand():
        LogEntry.objects.filter(index=0).update(leaf_hash=bytes(32))

    assert watching.publish() is False

    assert Checkpoint.objects.count() == 1
    assert letters(run_queue)[0][0] == "ALARM 127.0.0.1:8000/log: 1"


def test_the_clock_signs_what_waits_and_the_demonstrations_witness_cosigns_it():
    keeping_log.record("list", {"number": 1})
    keeping_log.record("list", {"number": 2})

    assert watching.publish() is True

    assert Checkpoint.objects.latest("size").cosignatures.count() <= 1
    assert witnessing.keys()[0].name == "witness.example/demonstration"


# --- The daily letter ------------------------------------------------------------------------------


def test_the_newest_checkpoint_is_mailed_once_a_day_as_it_was_signed(run_queue):
    keeping_log.record("list", {"number": 1})
    newest = Checkpoint.objects.get()

    assert watching.mail_checkpoint() is True
    assert watching.mail_checkpoint() is False
    with clock.standing_at(clock.now() + timedelta(days=1)):
        assert watching.mail_checkpoint() is True

    sent = letters(run_queue)
    assert [each[0] for each in sent] == [f"127.0.0.1:8000/log: {newest.size}"] * 2
    assert sent[0][1].endswith(newest.note)
    assert sent[0][2] == ["council@example.org", "archive@example.org"]
    assert "Keep this letter." in sent[0][1]


def test_the_command_says_what_is_missing(settings):
    with pytest.raises(CommandError, match="no checkpoint yet"):
        call_command("mail_checkpoint")
    settings.CHECKPOINT_MAIL_TO = []
    with pytest.raises(CommandError, match="CHECKPOINT_MAIL_TO is empty"):
        call_command("mail_checkpoint")

    assert watching.mail_checkpoint() is False


def test_the_commands_for_checkpoint_and_letter_do_it_now():
    said = io.StringIO()
    keeping_log.record("list", {"number": 1})
    keeping_log.record("list", {"number": 2})

    call_command("publish_checkpoint", stdout=said)
    call_command("publish_checkpoint", stdout=said)
    call_command("mail_checkpoint", stdout=said)

    assert said.getvalue().startswith("127.0.0.1:8000/log\n")
    assert said.getvalue().splitlines()[-2:] == [
        "The last checkpoint covers everything.",
        "The checkpoint is on its way.",
    ]


# --- At a glance -----------------------------------------------------------------------------------


def test_a_healthy_log_is_told_at_a_glance(tmp_path, client_for):
    issued_certificate()
    publishing_lists.publish()
    watching.publish()
    watching.reconcile()
    list(mirroring.mirror(tmp_path))
    watching.mail_checkpoint()

    answer = client_for(officer("looks@example.org")).get(reverse("issuing:log"))

    assert {part.state for part in watching.parts()} == {"good"}
    assert "Everything agrees, and everything is fresh." in answer.content.decode()


def test_what_was_found_and_what_is_old_stands_on_the_page(client_for):
    certificate = issued_certificate()
    publishing_lists.publish()
    moved_back(certificate)
    watching.reconcile()
    StatusList.objects.update(published_at=clock.now() - timedelta(hours=3))

    page = client_for(officer("looks@example.org")).get(reverse("issuing:log")).content.decode()

    states = {part.name: part.state for part in watching.parts()}
    assert states["Comparison with what was signed"] == "bad"
    assert states["Status list 1"] == "look"
    assert f"{certificate.serial}: valid_from is" in page
    assert "Something does not agree" in page


def test_monitors_are_told_without_details(client):
    certificate = issued_certificate()
    publishing_lists.publish()
    moved_back(certificate)
    watching.reconcile()

    answer = client.get("/readyz")

    assert answer.json()["parts"]["log"] == {"status": "degraded"}


@pytest.mark.parametrize(
    ("role", "sees", "compares"),
    [
        (roles.COUNCIL_OFFICER, 200, 302),
        (roles.COMMISSION_MEMBER, 200, 302),
        (roles.INSPECTOR, 200, 403),
        (roles.ORGANISER, 403, 403),
        (roles.TRAINER, 403, 403),
    ],
)
def test_the_page_is_for_those_who_look_after_certificates(client_for, role, sees, compares):
    browser = client_for(UserFactory(email="one@example.org", roles=[role]))

    answers = browser.get(reverse("issuing:log")), browser.post(reverse("issuing:log_compare"))

    # The office refuses by sending away, to its first page or to signing in.
    home = reverse("issuing:log")
    told = [403 if each.headers.get("Location", home) != home else each.status_code for each in answers]
    assert told == [sees, compares]


def test_as_many_questions_are_asked_of_three_lists_as_of_one():
    issued_certificate()
    publishing_lists.publish()

    def asked():
        with CaptureQueriesContext(connection) as questions:
            watching.parts()
        return len(questions)

    of_one = asked()
    for number in (2, 3):
        StatusList.objects.create(number=number)

    assert asked() == of_one


def test_a_comparison_asked_for_in_the_office_is_made_by_the_queue(client_for, run_queue):
    issued_batch(completed_group(1), by=officer(), approver=commission_member())
    publishing_lists.publish()

    client_for(officer("asks@example.org")).post(reverse("issuing:log_compare"))
    run_queue()

    assert watching.last_reconciliation().size == 1
