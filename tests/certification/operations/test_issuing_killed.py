"""Issuing by real processes that are killed, or lose the database: exactly one live certificate for each person."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django_q.models import OrmQ

from certification.models import Certificate, CertificateDocument, IssueBatch, IssueRow, LogEntry, SerialSeries
from certification.operations import issuing
from certification.rules.numbering import serial
from courses import rounds
from lms.kernel import clock
from lms.processes import Stack
from tests.certification.factories import SignatoryFactory, commission_member, completed_group, officer
from tests.certification.operations.test_issuing import assert_checkpoints_agree

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, FEWER = 257, 40
PATIENCE = 240  # seconds, for a machine that does much else


def database_url() -> str:
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    return f"postgres://{known['USER']}:{known['PASSWORD']}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


@pytest.fixture
def start_workers():
    """``start_workers()``: a real cluster with two workers on this test's database, in a process group of its own."""
    started = []

    def start():
        cluster = subprocess.Popen(
            [sys.executable, "manage.py", "qcluster"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": database_url(), "QUEUE_WORKERS": "2"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(cluster)
        return cluster

    yield start
    for cluster in started:
        kill(cluster)


def kill(cluster) -> None:
    """End the whole group at once, as a power cut would."""
    if cluster.poll() is None:
        os.killpg(cluster.pid, signal.SIGKILL)
        cluster.wait(10)


def wait_for(condition) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "the workers did not get there in time"
        time.sleep(0.1)


def test_workers_killed_in_the_middle_and_started_again_issue_each_certificate_once(start_workers):
    batch = issuing.request(people_who_completed(PEOPLE).round.code, by=officer())
    issuing.approve(batch, by=commission_member())

    first = start_workers()
    wait_for(lambda: Certificate.objects.exists())
    kill(first)
    before = Certificate.objects.count()
    start_workers()
    wait_for(lambda: IssueBatch.objects.get().state == IssueBatch.State.DONE)

    assert 0 < before < PEOPLE
    assert_each_has_exactly_one(PEOPLE)


def assert_each_has_exactly_one(people: int) -> None:
    """One live certificate, document and entry each; no serial, place or index is missing or used twice."""
    assert Certificate.objects.filter(ended_at__isnull=True).count() == people
    assert Certificate.objects.values("registration").distinct().count() == people
    assert CertificateDocument.objects.count() == people
    assert not Certificate.objects.filter(status_index=None).exists()
    year, programme = Certificate.objects.values_list("issued_on__year", "programme_code").first()
    serials = sorted(Certificate.objects.values_list("serial", flat=True))
    assert serials == [serial(year, programme, number) for number in range(1, people + 1)]
    indexes = list(LogEntry.objects.order_by("index").values_list("index", flat=True))
    assert indexes == list(range(len(indexes)))
    assert set(Certificate.objects.values_list("log_index", flat=True)) == set(
        LogEntry.objects.filter(op="issue").values_list("index", flat=True)
    )
    assert_checkpoints_agree()
    assert set(IssueRow.objects.values_list("state", flat=True)) == {IssueRow.State.ISSUED}


def people_who_completed(count: int):
    SignatoryFactory()
    with transaction.atomic():  # one commit instead of a thousand
        return completed_group(count)


@pytest.mark.postgresql
def test_a_database_that_throws_everybody_out_in_the_middle_loses_and_doubles_nothing(start_workers):
    batch = issuing.request(people_who_completed(FEWER).round.code, by=officer())
    issuing.approve(batch, by=commission_member())
    cluster = start_workers()

    wait_for(lambda: Certificate.objects.exists())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )
    thrown_out_at = Certificate.objects.count()
    kill(cluster)  # whoever runs it starts it again; its tasks would be handed out anew after six minutes
    issuing.resume(batch)
    start_workers()
    wait_for(lambda: IssueBatch.objects.get().state == IssueBatch.State.DONE)

    assert 0 < thrown_out_at < FEWER
    assert_each_has_exactly_one(FEWER)


def test_a_command_that_is_killed_and_run_again_issues_each_certificate_once():
    group, asking, deciding = people_who_completed(FEWER), officer(), commission_member()
    command = [sys.executable, "manage.py", "issue_certificates", "--round", group.round.code]
    command += ["--requested-by", asking.email, "--approved-by", deciding.email]

    def start():
        return subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": database_url()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    killed = start()
    wait_for(lambda: Certificate.objects.exists() or killed.poll() is not None)
    kill(killed)
    before = Certificate.objects.count()
    first, second = start().wait(PATIENCE), start().wait(PATIENCE)

    assert 0 < before < FEWER
    assert (first, second, IssueBatch.objects.count()) == (0, 0, 1)
    assert_each_has_exactly_one(FEWER)


def post_approval(port: int, batch: IssueBatch, session_key: str) -> http.client.HTTPConnection:
    """Send the form by which ``batch`` is approved, and do not wait for the answer."""
    token = "a" * 32
    connected = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connected.request(
        "POST",
        reverse("issuing:approve", args=[batch.pk]),
        body=urlencode({"count": batch.expected_count, "csrfmiddlewaretoken": token}),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session_key}; {settings.CSRF_COOKIE_NAME}={token}",
        },
    )
    return connected


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw the first time
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


@pytest.mark.postgresql
def test_a_web_server_that_is_killed_while_it_approves_has_approved_nothing_and_is_asked_again(client_for):
    batch = issuing.request(people_who_completed(FEWER).round.code, by=officer())
    session_key = client_for(commission_member()).cookies[settings.SESSION_COOKIE_NAME].value
    SerialSeries.objects.create(year=clock.local_day().year, programme_code=rounds.get(batch.round_code).programme_code)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"DATABASE_URL": database_url(), "QUEUE_WORKERS": "2", "WEB_WORKERS": "1"}
    stack = Stack(environment, port=port, output=subprocess.DEVNULL)
    try:
        stack.start("web")
        wait_for(lambda: stack.status() != "no answer")  # it answers; that no worker runs yet is as it should be
        with transaction.atomic():
            SerialSeries.objects.select_for_update().get()  # so that it is killed in the very middle
            post_approval(port, batch, session_key)
            wait_for(somebody_waits_for_a_lock)
            stack.kill("web")
        batch.refresh_from_db()
        after_the_kill = (batch.state, batch.rows.exclude(serial="").count(), OrmQ.objects.count())
        stack.start("web")
        wait_for(lambda: stack.status() != "no answer")  # it answers; that no worker runs yet is as it should be
        answer = post_approval(port, batch, session_key).getresponse().status
        stack.start("worker")
        wait_for(lambda: IssueBatch.objects.get().state == IssueBatch.State.DONE)
    finally:
        stack.stop(*stack.children)

    assert after_the_kill == (IssueBatch.State.REQUESTED, 0, 0)
    assert answer == 302
    assert_each_has_exactly_one(FEWER)
