"""Keys by purpose: who is published, what happens when another takes its place, and what a lost one means."""

import base64

import pytest
from django.db import transaction
from django.test import override_settings

from certification import signing
from certification.models import LogEntry, SigningKey
from certification.operations.keeping_log import Appending
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


def test_another_key_in_the_settings_takes_nobodys_place_by_itself():
    enter_keys()
    before = signing.signer(signing.CREDENTIAL)
    with override_settings(CREDENTIAL_KEY=OTHER):
        enter_keys()

        assert signing.signer(signing.CREDENTIAL).verification_method == before.verification_method
        with pytest.raises(signing.CannotSign, match=r"is not here\. Put it back, or let another key take its place"):
            signing.signer(signing.CREDENTIAL).sign(b"x")

    assert LogEntry.objects.filter(op="key").count() == 4


def test_a_compromised_key_is_no_longer_among_ours_and_signs_nothing():
    enter_keys()
    SigningKey.objects.filter(purpose="credential").update(state="compromised", compromised_at=clock.now())

    assert signing.public_keys(signing.CREDENTIAL) == {}
    with pytest.raises(signing.NoKeyInUse, match="No key is in use for credential: the last one was withdrawn"):
        signing.signer(signing.CREDENTIAL)


def test_a_key_is_known_before_it_has_signed_anything():
    own = signing.signer(signing.STATUS)

    assert signing.public_keys(signing.STATUS) == {own.verification_method: own.public}
    assert {each.id for each in signing.published_keys()} >= {own.verification_method}


@pytest.mark.django_db(transaction=True)
def test_the_log_is_appended_to_inside_a_transaction_only():
    with pytest.raises(transaction.TransactionManagementError, match="inside a transaction"):
        Appending()
