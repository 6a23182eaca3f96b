"""What somebody with keys and database in hand can do, who notices, and what two workers do at the same moment."""

import runpy
import threading
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings as own_settings
from django.db import IntegrityError, connection, transaction
from gunicorn.config import Config
from gunicorn.glogging import Logger

from certification import answers, verification
from certification.models import Certificate, Checkpoint, LogEntry, StatusList
from certification.operations import auditing, crediting, issuing, keeping_log, publishing_lists, revoking, witnessing
from certification.rules import numbering
from certification.rules.verdicts import Verdict
from lms.kernel import clock
from tests.certification.factories import code_on_paper, commission_member, issued_certificate, officer
from tests.certification.tampering import database_in_hand
from tests.factories import PersonFactory


@pytest.fixture
def certificate(db):
    return issued_certificate(PersonFactory(given_name="Živka", surname="Đukić"))


# --- Dates -----------------------------------------------------------------------------------------


def test_what_a_witness_saw_on_its_day_says_since_when(certificate):
    keeping_log.publish()
    witnessing.demonstrate()

    found = verification.look_up(certificate.number)

    assert found.is_entered_later is False
    assert (clock.now() - found.witnessed_at) < timedelta(minutes=5)
    told = answers.lines(found.checks, found)
    assert [line.passed for line in told if line.text.startswith("First witnessed on ")] == [True]
    assert found.verdict is Verdict.VALID


def test_what_was_dated_back_before_it_was_entered_is_told(certificate):
    """The whole chain was made anew with an older date, seal and all: only the witness's memory cannot be."""
    with clock.standing_at(clock.now() + timedelta(days=365)):
        witnessing.demonstrate()
        found = verification.look_up(certificate.number)

    assert found.is_entered_later is True
    told = answers.lines(found.checks, found)
    assert [line.passed for line in told if line.text.startswith("Entered later: ")] == [None]


def test_without_a_witness_nothing_is_claimed(certificate):
    found = verification.look_up(certificate.number)

    assert found.witnessed_at is None
    assert "itness" not in " ".join(line.text for line in answers.lines(found.checks, found))


def test_it_is_the_first_checkpoint_with_the_entry_that_decides(certificate):
    witnessing.demonstrate()
    first = verification.look_up(certificate.number).witnessed_at
    with clock.standing_at(clock.now() + timedelta(days=3)):
        keeping_log.record("list", {"number": 7})
        witnessing.demonstrate()

    assert verification.look_up(certificate.number).witnessed_at == first


@pytest.mark.parametrize("column", ["valid_until", "issued_on", "valid_from"])
def test_a_date_moved_by_sql_changes_nothing_that_verification_says(certificate, column):
    """What is told comes from the signed facts; that a column differs is for the nightly comparison."""
    before = verification.look_up(certificate.number)
    with database_in_hand():
        Certificate.objects.update(**{column: date(2019, 1, 1) if column != "valid_until" else date(2099, 1, 1)})

    found = verification.look_up(certificate.number)

    assert (found.valid_until, found.issued_on, found.standing) == (
        before.valid_until,
        before.issued_on,
        before.standing,
    )


def test_the_page_and_the_interface_ask_no_more_for_it(certificate, django_assert_num_queries):
    verification.look_up(certificate.number)  # the query is written once a connection

    with django_assert_num_queries(1):
        verification.look_up(certificate.number)


# --- What is left behind by looking ----------------------------------------------------------------


def everything_kept() -> str:
    """Every row of every table but the certificates' own, as text."""
    ours = {
        "certification_certificate", "certification_certificatedocument", "certification_issuerow", "people_person",
        "people_user", "courses_enrolment", "django_q_ormq", "wagtailsearch_indexentry",
    }  # fmt: skip
    found = []
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - ours):
            cursor.execute(f'SELECT * FROM "{table}"')
            found.append(f"{table}: {cursor.fetchall()}")
    return "\n".join(found)


def test_a_hundred_verifications_leave_no_address_code_or_name(certificate, client, caplog, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}
    }
    code, content = code_on_paper(certificate), bytes(certificate.credential)
    before = everything_kept()
    caplog.set_level("DEBUG")

    for number in range(100):
        address = f"198.51.100.{number}"
        match number % 4:
            case 0:
                client.get(f"/v/{certificate.number}", REMOTE_ADDR=address)
            case 1:
                client.post(f"/v/{certificate.number}", {"code": code}, REMOTE_ADDR=address)
            case 2:
                client.post(f"/v/{certificate.number}", {"code": "0000000000"}, REMOTE_ADDR=address)
            case _ if number == 3:
                client.post("/api/v1/verify", content, content_type="application/octet-stream", REMOTE_ADDR=address)
            case _:
                client.get(f"/api/v1/certificates/{certificate.number}", REMOTE_ADDR=address)

    left = everything_kept()
    said = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert left != before  # wrong codes were counted
    for trace in ("198.51.100.", code, "Živka", "Đukić"):
        assert trace not in left.replace(before, "")
        assert trace not in said


@pytest.mark.once
def test_the_web_servers_own_log_has_neither_address_nor_code():
    told = runpy.run_path(str(Path(own_settings.BASE_DIR) / "deploy" / "gunicorn.conf.py"))
    config = Config()
    config.set("access_log_format", told["access_log_format"])
    logger = Logger(config)
    environment = {
        "REQUEST_METHOD": "GET", "RAW_URI": "/v/HZ1J652JFWKP?c=SECRETCODE", "PATH_INFO": "/v/HZ1J652JFWKP",
        "QUERY_STRING": "c=SECRETCODE", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "198.51.100.7",
        "HTTP_USER_AGENT": "Firefox", "HTTP_REFERER": "https://employer.example/",
    }  # fmt: skip
    answer = SimpleNamespace(status="200 OK", sent=1234, headers=[])
    asked = SimpleNamespace(headers=[("X-Forwarded-For", "198.51.100.7")])

    atoms = logger.atoms(answer, asked, environment, timedelta(milliseconds=12))
    line = config.access_log_format % logger.atoms_wrapper_class(atoms)

    assert '"GET /v/HZ1J652JFWKP" 200' in line
    for trace in ("198.51.100.7", "SECRETCODE", "Firefox", "employer"):
        assert trace not in line


# --- At the same moment ----------------------------------------------------------------------------


def at_once(*works):
    """Run ``works`` in threads of their own, each with its own connection; raises what one of them raised."""
    problems, gate = [], threading.Barrier(len(works))

    def run(work):
        try:
            gate.wait(30)
            work()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert problems == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_workers_take_a_thousand_serials_places_and_entries_and_none_twice():
    pattern = issued_certificate()
    serials, size = [], keeping_log.LogHead.objects.get().size

    def worker():
        for _chunk in range(50):
            with transaction.atomic():
                mine = issuing.next_serials("RACE", 2026, 10)
            places = crediting.places(10)
            for serial, place in zip(mine, places, strict=True):
                while not written(pattern, serial, place):
                    place = crediting.places(1)[0]
            serials.extend(mine)
            keeping_log.record("template", {"chunk": _chunk})

    at_once(worker, worker)

    rows = Certificate.objects.filter(serial__contains="RACE")
    assert len(set(serials)) == len(serials) == rows.count() == 1_000
    assert sorted(serial[-6:] for serial in serials) == [f"{number:06}" for number in range(1, 1_001)]
    assert rows.values("status_list", "status_index").distinct().count() == 1_000
    assert rows.values("number").distinct().count() == 1_000
    assert LogEntry.objects.filter(op="template").count() == 100
    indexes = list(LogEntry.objects.order_by("index").values_list("index", flat=True))
    assert indexes == list(range(size + 100))
    keeping_log.publish()
    assert [fault for fault in auditing.audit_rows().faults if "register" not in fault] == []
    assert Checkpoint.objects.latest("size").size == size + 100


def written(pattern, serial, place) -> bool:
    """A certificate like ``pattern`` in that place; False when somebody was there first, as issuing sees it."""
    row = Certificate.objects.get(pk=pattern.pk)
    row.pk, row.serial, row.number, row.registration = uuid4(), serial, numbering.new_number(), uuid4()
    row.status_list_id, row.status_index = place
    row.log_index, row.credential_id = None, f"urn:uuid:{uuid4()}"
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


# --- Lists -----------------------------------------------------------------------------------------


def test_a_new_list_has_an_entry_in_the_log_and_publishing_it_again_has_none(certificate):
    publishing_lists.publish()
    publishing_lists.publish()

    assert LogEntry.objects.filter(op="list").count() == StatusList.objects.count() == 1


def test_a_list_is_published_at_once_when_a_decision_changes_it(certificate, run_queue):
    run_queue()
    before = StatusList.objects.get().version
    grounds = revoking.Grounds("fraud", clock.local_day())
    revoking.revoke(certificate, grounds, by=officer("x@example.org"), approver=commission_member("y@example.org"))

    run_queue()

    assert StatusList.objects.get().version == before + 1
    assert publishing_lists.bits(StatusList.objects.get()) == {certificate.status_index}
