"""The office's page of a list: what it says while it runs, rests and fails, and the buttons beside it."""

import io
import re
import zipfile

import pytest

from certification.models import BatchArchive, Certificate, IssueBatch
from certification.operations import archiving, issuing
from lms.people import roles
from tests.certification.factories import (
    SignatoryFactory,
    commission_member,
    completed_group,
    group_with,
    issued_batch,
    officer,
)
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

OFFICE = "/office/certificates/"


@pytest.fixture
def deciding():
    return commission_member("decides@example.org")


def text(answer):
    return answer.content.decode()


def approved(group) -> IssueBatch:
    SignatoryFactory()
    batch = issuing.request(group.round.code, by=officer())
    return issuing.approve(batch, by=commission_member(), through_queue=False).batch


def test_a_form_that_is_sent_twice_asks_once(client_for):
    SignatoryFactory()
    group, browser = completed_group(1), client_for(officer())
    address = f"{OFFICE}rounds/{group.round.code}/"
    key = re.search(r'name="key" value="([^"]+)"', text(browser.get(address)))[1]

    first = browser.post(address, {"key": key})
    second = browser.post(address, {"key": key}, follow=True)
    bad = browser.post(address, {"key": "not a key"}, follow=True)

    assert IssueBatch.objects.count() == 1
    assert first["Location"] == second.redirect_chain[-1][0]
    assert "already requested" not in text(second)
    assert "Nothing was asked for" in text(bad)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "no number was typed. The list has 2"),
        ("two", "“two” is not a number"),
        ("3", "you typed 3, but the list has 2"),
    ],
)
def test_a_wrong_number_is_answered_beside_the_field_with_what_was_typed(client_for, deciding, typed, said):
    SignatoryFactory()
    batch = issuing.request(completed_group(2).round.code, by=officer())

    page = text(client_for(deciding).post(f"{OFFICE}lists/{batch.pk}/approve/", {"count": typed}))

    batch.refresh_from_db()
    assert batch.state == IssueBatch.State.REQUESTED
    assert said in page
    assert 'aria-describedby="count-error"' in page
    assert "pattern=" not in page.split('id="count"')[1].split(">")[0]


def test_the_page_says_how_fast_it_goes_and_how_long_it_takes_and_nothing_of_it_once_it_is_done(client_for, deciding):
    batch = approved(completed_group(3))
    browser, address = client_for(deciding), f"{OFFICE}lists/{batch.pk}/"
    begun = text(browser.get(address))
    first, *rest = issuing.waiting_rows(batch)
    issuing.issue_rows(batch.pk, [first])
    running = text(browser.get(address))
    issuing.issue_rows(batch.pk, rest)

    done = text(browser.get(address))

    assert "3 certificates are being issued." in begun
    assert "1 of 3 certificates" in running
    assert re.search(r"[\d.]+ a second, about \d+ (second|minute)s? left", running)
    assert "being issued" not in done
    assert "data-refresh-every" not in done


def test_a_list_is_paused_and_gone_on_with(client_for, deciding, run_queue):
    batch = approved(completed_group(2))
    browser, address = client_for(deciding), f"{OFFICE}lists/{batch.pk}/"
    issuing.issue_rows(batch.pk, issuing.waiting_rows(batch)[:1])

    paused = text(browser.post(f"{address}pause/", follow=True))
    twice = text(browser.post(f"{address}pause/", follow=True))
    going = text(browser.post(f"{address}go-on/", follow=True))
    run_queue()

    assert "1 of 2 certificates. Paused by" in paused
    assert "Go on with 1 certificate" in paused
    assert "there is nothing to pause" in twice
    assert "data-refresh-every" in going
    assert Certificate.objects.count() == 2


def test_whoever_only_looks_can_neither_pause_nor_go_on_nor_pack(client_for):
    batch = approved(completed_group(1))
    browser, address = client_for(UserFactory(roles=[roles.INSPECTOR])), f"{OFFICE}lists/{batch.pk}/"

    page = text(browser.get(address))
    for act in ("pause", "go-on", "pack", "retry"):
        browser.post(f"{address}{act}/")

    batch.refresh_from_db()
    assert batch.state == IssueBatch.State.RUNNING
    assert "Pause" not in page
    assert not BatchArchive.objects.exists()


def test_a_corrected_name_is_tried_again_from_the_page(client_for, deciding, run_queue):
    spoilt = PersonFactory(given_name="Arta", surname="Berisha")
    batch = approved(group_with(spoilt, PersonFactory()))
    spoilt.surname = "Beri 李"
    spoilt.save()
    issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))
    browser, address = client_for(deciding), f"{OFFICE}lists/{batch.pk}/"

    failed = text(browser.get(address))
    spoilt.surname = "Berisha"
    spoilt.save()
    browser.post(f"{address}retry/")
    run_queue()

    assert "has a character that cannot be printed (U+674E)" in failed
    assert "Try 1 failed certificate again" in failed
    assert Certificate.objects.count() == 2


def test_a_large_list_is_packed_by_the_worker_and_then_downloaded(client_for, monkeypatch, run_queue, caplog):
    monkeypatch.setattr(archiving, "AT_ONCE", 1)
    batch = issued_batch(completed_group(2))
    asking = officer("packs@example.org")
    browser, address = client_for(asking), f"{OFFICE}lists/{batch.pk}/"

    before = text(browser.get(address))
    early = text(browser.get(f"{address}documents.zip", follow=True))
    packing = text(browser.post(f"{address}pack/", follow=True))
    run_queue()
    ready = text(browser.get(address))
    with caplog.at_level("INFO"):
        answer = browser.get(f"{address}documents.zip")
    content = b"".join(answer.streaming_content)

    assert "Pack all documents" in before
    assert "Have them packed first" in early
    assert "being packed" in packing
    assert "data-refresh-every" in packing
    assert BatchArchive.objects.get().sha256 in ready
    assert len(zipfile.ZipFile(io.BytesIO(content)).namelist()) == 5
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    assert f"All documents of batch {batch.pk} were downloaded by user {asking.pk}" in caplog.text
