"""Keys by purpose: who is published, what happens when another takes its place, and what a lost one means."""

import base64

import pytest
from django.db import transaction
from django.test import override_settings

from certification import signing
from certification.formats import did
from certification.models import LogEntry, SigningKey
from certification.operations.keeping_log import Appending, KeyNotInUse
from lms.kernel import clock

pytestmark = pytest.mark.django_db

OTHER = base64.b64encode(bytes(range(32))).decode()


def enter_keys():
    with transaction.atomic():
        Appending().close()


def test_keys_stand_in_the_log_before_anything_they_sign():
    enter_keys()
    enter_keys()

    assert list(LogEntry.objects.values_list("index", "op")) == [(0, "key"), (1, "key"), (2, "key"), (3, "key")]
    assert set(SigningKey.objects.values_list("purpose", "state")) == {
        (purpose, "active") for purpose in ("credential", "status", "log", "seal")
    }


def test_a_key_that_takes_the_place_of_another_retires_it_and_both_stay_published():
    enter_keys()
    before = signing.signer(signing.CREDENTIAL)
    with override_settings(CREDENTIAL_KEY=OTHER):
        enter_keys()
        after = signing.signer(signing.CREDENTIAL)
        trusted = signing.public_keys(signing.CREDENTIAL)
        states = {each.id: each.state for each in signing.published_keys()}

    assert set(trusted) == {before.verification_method, after.verification_method}
    assert states[before.verification_method] == did.State.RETIRED
    assert states[after.verification_method] == did.State.ACTIVE
    assert LogEntry.objects.filter(op="key").count() == 6


def test_a_compromised_key_is_no_longer_among_ours_and_signs_nothing():
    enter_keys()
    SigningKey.objects.filter(purpose="credential").update(state="compromised", compromised_at=clock.now())

    assert signing.public_keys(signing.CREDENTIAL) == {}
    with pytest.raises(KeyNotInUse, match="is compromised; set one that is not"):
        enter_keys()


def test_a_key_is_known_before_it_has_signed_anything():
    own = signing.signer(signing.STATUS)

    assert signing.public_keys(signing.STATUS) == {own.verification_method: own.public}
    assert {each.id for each in signing.published_keys()} >= {own.verification_method}


@pytest.mark.django_db(transaction=True)
def test_the_log_is_appended_to_inside_a_transaction_only():
    with pytest.raises(transaction.TransactionManagementError, match="inside a transaction"):
        Appending()
