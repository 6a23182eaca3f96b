"""Monitors get an honest answer: what works, what is degraded, what fails, part by part."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings
from django_q.brokers import get_broker
from django_q.cluster import Sentinel
from django_q.conf import Conf
from django_q.status import Stat

from lms import health
from lms.kernel import queue


@pytest.fixture(autouse=True)
def _ask_about_migrations_anew():
    health._seen_migrated.clear()
    yield
    health._seen_migrated.clear()


@pytest.fixture
def a_worker_cluster(db):
    """The sign of life that a running cluster of two workers writes."""

    class Process:
        pid = 4711

    cluster = Sentinel.__new__(Sentinel)
    cluster.__dict__.update(parent_pid=1, pid=2, cluster_id="a-cluster", broker=get_broker(), reincarnations=0)
    cluster.__dict__.update(tob=None, monitor=Process, pusher=Process, pool=[Process, Process])
    cluster.status = lambda: Conf.IDLE
    cluster.result_queue = cluster.task_queue = type("Empty", (), {"qsize": staticmethod(lambda: 0)})
    Stat(cluster).save()


def test_healthz_answers_without_touching_the_database(client):
    answer = client.get("/healthz")  # without the db fixture any query would raise

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readyz_is_ok_when_every_part_works_and_a_worker_lives(client, a_worker_cluster):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "parts": {
            "database": {"status": "ok", "engine": connection.vendor},
            "migrations": {"status": "ok"},
            "queue": {"status": "ok", "waiting": 0, "workers": 2},
            "storage": {"status": "ok"},
            "keys": {"status": "ok"},
            "log": {"status": "ok"},
        },
    }


@pytest.mark.django_db
def test_readyz_is_degraded_when_no_worker_was_seen(client):
    queue.enqueue("lms.kernel.mail.deliver", "Subject", "Body", "a@example.org", ["b@example.org"])

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["parts"]["queue"] == {"status": "degraded", "waiting": 1, "workers": 0}


@pytest.mark.django_db
def test_readyz_fails_when_a_migration_waits(client):
    MigrationRecorder.Migration.objects.filter(app="courses").delete()

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["parts"]["migrations"]["status"] == "failing"


@pytest.mark.django_db
def test_readyz_fails_when_files_cannot_be_written(client, tmp_path):
    (tmp_path / "media").write_text("a file where the folder should be")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["parts"]["storage"] == {"status": "failing", "problem": "NotADirectoryError"}


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "bm90IHRoaXJ0eS10d28=", "not base64 at all!"])
def test_readyz_fails_when_the_signing_key_cannot_sign(client, key):
    with override_settings(SIGNING_KEY=key):
        answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["parts"]["keys"]["status"] == "failing"


@pytest.mark.django_db
def test_readyz_says_nothing_of_the_error_but_its_kind(client):
    with override_settings(SIGNING_KEY="secret that must not show"):
        answer = client.get("/readyz")

    assert "secret" not in answer.content.decode()


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_health_is_only_read(client, address):
    assert client.post(address).status_code == 405


@pytest.mark.django_db
def test_health_answers_are_never_cached_and_leave_no_file(client, tmp_path):
    answer = client.get("/readyz")

    assert "no-store" in answer["Cache-Control"]
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []
    assert cache.get("readyz") is None
