"""What naive verification gives away or gets wrong: oracles, a changed name, clocks, and the network (credentials.md, section 7)."""

import re
import socket
import statistics
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certification import verification
from certification.operations import examining, reissuing, revoking
from certification.rules import numbering
from certification.rules.verdicts import Verdict
from certification.verification import NoSuchCertificate
from lms.kernel import clock
from tests.certification.factories import (
    code_on_paper,
    commission_member,
    issued_certificate,
    officer,
)
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

UNKNOWN = numbering.with_check_symbols("HZ1J652JFW")
WRONG = "0000000000"


@pytest.fixture
def certificate():
    return issued_certificate(PersonFactory(given_name="Çlirim", surname="Gjergjaj"))


def refused(number, code) -> float:
    """Seconds of processor time that it takes to refuse."""
    started = time.process_time()
    with pytest.raises(NoSuchCertificate):
        verification.look_up(number, code)
    return time.process_time() - started


def grounds(reason):
    return revoking.Grounds(effective_on=clock.local_day(), reason_code=reason, public_text={"en": "Decided."})


# --- Row 25: an unknown number and a wrong code --------------------------------------------------------


def test_an_unknown_number_and_a_wrong_code_ask_the_same_statements(client, certificate):
    def statements(number):
        with CaptureQueriesContext(connection) as done:
            client.post("/v/", {"number": number, "code": WRONG})
        told = (
            re.sub(r"SAVEPOINT .*", "SAVEPOINT", each["sql"]).replace(number, "…") for each in done.captured_queries
        )
        return [sql for sql in told if "cache" not in sql]

    statements(UNKNOWN)  # the first question of a connection is written out

    assert statements(certificate.number) == statements(UNKNOWN)


def test_an_unknown_number_and_a_wrong_code_take_as_long(certificate):
    """Medians of interleaved questions; a shared machine may disturb a round, so that one of several must be quiet."""
    differences = []
    for _round in range(8):
        unknown, wrong = [], []
        for _time in range(150):
            unknown.append(refused(UNKNOWN, WRONG))
            wrong.append(refused(certificate.number, WRONG))
        one, other = statistics.median(unknown), statistics.median(wrong)
        differences.append(abs(one - other) / max(one, other))
        if differences[-1] < 0.05:
            return
    pytest.fail(f"The medians differ by {min(differences):.0%} at least: {differences}")


def test_random_numbers_find_nobody_and_read_alike(client, certificate, settings):
    settings.VERIFY_FAILURES_PER_MINUTE = 10_000
    pages = set()
    for _time in range(100):
        number = numbering.new_number()
        answer = client.get(f"/v/{number}")
        pages.add((answer.status_code, answer.content.decode().replace(number, "…")))

    assert len(pages) == 1
    [(status, text)] = pages
    assert status == 404
    assert "Gjergjaj" not in text


def test_ten_thousand_random_numbers_find_nothing(certificate):
    asked = [(numbering.new_number(), None) for _number in range(10_000)]

    found = [verification.look_up_many(asked[start : start + 500]) for start in range(0, 10_000, 500)]

    assert {answer for part in found for answer in part} == {None}


# --- Row 26: a replaced certificate and its new one -----------------------------------------------------


def test_neither_page_of_a_changed_name_tells_the_other_name(client, certificate):
    person, code = certificate.person, code_on_paper(certificate)
    person.surname = "Krasniqi"
    person.save()
    new = reissuing.reissue(
        certificate, grounds("name_changed"), by=officer("a@example.org"), approver=commission_member("b@example.org")
    )

    old_page, new_page = (
        client.post("/v/", {"number": each.number, "code": its}).content.decode()
        for each, its in ((certificate, code), (new, code_on_paper(new)))
    )

    assert "Replaced" in old_page
    assert "Gjergjaj" in old_page
    assert "Krasniqi" not in old_page
    assert new.number not in old_page
    assert "Krasniqi" in new_page
    assert "Gjergjaj" not in new_page
    assert certificate.number not in new_page


# --- Rows 5 and 28: revoked, also after its last day ----------------------------------------------------


def test_revoked_wins_over_expired_on_the_page_and_in_a_file():
    certificate = issued_certificate(valid_months=1)
    revoking.revoke(
        certificate,
        grounds("issued_in_error"),
        by=officer("a@example.org"),
        approver=commission_member("b@example.org"),
    )

    with clock.standing_at(clock.now() + timedelta(days=90)):
        assert certificate.valid_until < clock.local_day()
        assert verification.look_up(certificate.number).verdict is Verdict.REVOKED
        assert examining.examine(bytes(certificate.document.content)).verdict is Verdict.REVOKED
        assert examining.examine(bytes(certificate.credential)).verdict is Verdict.REVOKED


# --- Row 27: clocks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [-4, 4])
def test_four_minutes_of_the_clock_make_nothing_not_yet_valid(certificate, minutes):
    with clock.standing_at(clock.now() + timedelta(minutes=minutes)):
        for content in (bytes(certificate.credential), certificate.credential_jwt.encode()):
            assert examining.examine(content).verdict is Verdict.VALID


# --- Rows 13 and 29: no network -------------------------------------------------------------------------


def test_issuing_and_verifying_ask_the_network_for_nothing(monkeypatch):
    def refuse(*args, **rest):
        raise AssertionError(f"The network was asked: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    certificate = issued_certificate()

    for content in (
        bytes(certificate.document.content),
        bytes(certificate.document.content) + b"\n%",
        bytes(certificate.credential),
        certificate.credential_jwt.encode(),
    ):
        assert examining.examine(content).found.number == certificate.number
