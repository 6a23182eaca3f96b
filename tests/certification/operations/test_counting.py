"""Counting by day: nothing is lost when many count at once, nothing is kept but counts, and no answer depends on it."""

import threading
from datetime import date, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from certification.models import AccessNotice, VerificationStat
from certification.operations import counting
from certification.rules import numbering
from lms.kernel import clock
from tests.certification.factories import issued_certificate

pytestmark = pytest.mark.django_db

UNKNOWN = numbering.with_check_symbols("HZ1J652JFW")
TODAY = date(2026, 11, 12)


def stats():
    return list(VerificationStat.objects.values_list("day", "channel", "verdict", "count"))


def test_a_look_up_is_counted_by_day_channel_and_verdict_and_for_the_holder(client):
    certificate = issued_certificate()

    for _time in range(3):
        client.get(f"/v/{certificate.number}")
    client.get(f"/v/{UNKNOWN}")
    client.post("/v/", {"number": certificate.number, "code": "0000000000"})
    client.get(f"/api/v1/certificates/{certificate.number}")

    today = clock.local_day()
    assert stats() == [
        (today, "access_code", "unknown", 1),
        (today, "number", "unknown", 1),
        (today, "number", "valid", 3),
        (today, "program", "valid", 1),
    ]
    notice = AccessNotice.objects.get()
    assert (notice.certificate, notice.day, notice.count) == (certificate, today, 4)


def test_a_file_and_what_is_not_ours_are_counted(client):
    certificate = issued_certificate()

    client.post("/v/file", {"file": _file("c.pdf", bytes(certificate.document.content))})
    client.post("/v/file", {"file": _file("c.txt", b"nothing of ours")})

    today = clock.local_day()
    assert stats() == [(today, "file", "not_genuine", 1), (today, "file", "valid", 1)]
    assert AccessNotice.objects.get().count == 1


def _file(name, content):
    return SimpleUploadedFile(name, content)


def test_mistyped_numbers_and_forms_that_ask_nothing_are_not_counted(client):
    client.get("/v/")
    client.get(f"/v/J{UNKNOWN[1:]}")

    assert stats() == []


def test_a_list_counts_each_verdict_and_each_certificate_once():
    certificate = issued_certificate()

    counting.count("list", {"valid": 2, "unknown": 5}, [certificate.number, certificate.number, UNKNOWN])
    counting.count("list", {"valid": 1}, [certificate.number])

    assert [(verdict, times) for _day, _channel, verdict, times in stats()] == [("unknown", 5), ("valid", 3)]
    assert AccessNotice.objects.get().count == 2


def test_the_database_refuses_a_channel_or_verdict_it_does_not_know_and_no_answer_depends_on_it(caplog):
    counting.count("guessing", {"valid": 1})

    assert stats() == []
    assert "could not be counted" in caplog.text


def test_days_without_checks_are_days_too():
    with clock.standing_at(clock.wall_moment(TODAY, time(12), "Europe/Belgrade")):
        counting.count("number", {"valid": 2, "revoked": 1})

    found = counting.days(TODAY - timedelta(days=2), TODAY)

    assert [(each.day, each.total) for each in found] == [
        (date(2026, 11, 10), 0),
        (date(2026, 11, 11), 0),
        (date(2026, 11, 12), 3),
    ]
    assert counting.channels(TODAY, TODAY) == {"number": {"valid": 2, "revoked": 1}}


@pytest.mark.django_db(transaction=True)
def test_many_count_at_once_and_none_is_lost():
    number = issued_certificate().number

    def checks():
        for _time in range(20):
            counting.count("number", {"valid": 1}, [number])
        connection.close()

    threads = [threading.Thread(target=checks) for _thread in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert VerificationStat.objects.get().count == 100
    assert AccessNotice.objects.get().count == 100
