"""Issuing by real worker processes, one of which is killed: exactly one live certificate for each person."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection, transaction

from certification.models import Certificate, CertificateDocument, IssueBatch, IssueRow, LogEntry
from certification.operations import issuing
from tests.certification.factories import SignatoryFactory, commission_member, completed_group, officer
from tests.certification.operations.test_issuing import assert_checkpoints_agree

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 257
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
    SignatoryFactory()
    with transaction.atomic():  # one commit instead of a thousand
        group = completed_group(PEOPLE)
    batch = issuing.request(group.round.code, by=officer())
    issuing.approve(batch, by=commission_member())

    first = start_workers()
    wait_for(lambda: Certificate.objects.exists())
    kill(first)
    before = Certificate.objects.count()
    start_workers()
    wait_for(lambda: IssueBatch.objects.get().state == IssueBatch.State.DONE)

    assert 0 < before < PEOPLE
    assert Certificate.objects.filter(ended_at__isnull=True).count() == PEOPLE
    assert Certificate.objects.values("registration").distinct().count() == PEOPLE
    assert Certificate.objects.values("serial").distinct().count() == PEOPLE
    assert CertificateDocument.objects.count() == PEOPLE
    assert CertificateDocument.objects.count() == LogEntry.objects.filter(op="issue").count()
    assert not Certificate.objects.filter(status_index=None).exists()
    assert_checkpoints_agree()
    assert set(IssueRow.objects.values_list("state", flat=True)) == {IssueRow.State.ISSUED}
