"""The life of a key: what each step does, what it refuses, and what the certificates under it are worth afterwards."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from certification import signing, tasks
from certification.formats import data_integrity, did, jose
from certification.formats.facts import Terms
from certification.formats.kit import trust as trusts
from certification.formats.kit import verify
from certification.models import KeyRequest, LogEntry, RenewedProof, SigningKey
from certification.operations import (
    auditing,
    crediting,
    examining,
    issuing,
    mirroring,
    publishing_lists,
    reconciling,
    renewing_proofs,
    turning_keys,
)
from certification.operations.judging import judge_registrations
from certification.published import did_document
from certification.rules.verdicts import Verdict
from lms.kernel import clock
from lms.people.models import User
from tests.certification.factories import completed_group, issued_batch, issued_certificate, officer

pytestmark = pytest.mark.django_db
CREDENTIAL = "credential"


@pytest.fixture(autouse=True)
def _a_folder_for_new_keys(settings, tmp_path):
    settings.KEYS_FOLDER = str(tmp_path / "keys")


@pytest.fixture
def asks():
    return officer("asks-for-keys@example.org")


@pytest.fixture
def decides():
    return officer("decides-on-keys@example.org")


@pytest.fixture
def decide(asks, decides):
    def decided(key, kind, **fields):
        return turning_keys.approve(turning_keys.request(key, kind, by=asks, **fields), by=decides)

    return decided


def key_in_use(purpose=CREDENTIAL):
    return SigningKey.objects.get(purpose=purpose, state="active")


def published_long_ago(purpose=CREDENTIAL):
    key = turning_keys.publish(purpose)
    SigningKey.objects.filter(pk=key.pk).update(published_at=clock.now() - timedelta(days=8))
    return SigningKey.objects.get(pk=key.pk)


def known():
    return trusts.document(mirroring.trust(clock.now()))


def in_the_kit(content, trust=None):
    found = verify.examine(content, trust or known(), clock.now())
    return found["verdict"], found["reason"]


def another_certificate():
    asking, approving = (officer(f"{name}-{User.objects.count()}@example.org") for name in ("asks", "approves"))
    batch = issued_batch(completed_group(1), by=asking, approver=approving)
    return batch.certificates.get()


def test_a_new_key_is_published_in_the_log_and_signs_nothing_for_seven_days(decide, asks):
    issued_certificate()
    before = key_in_use()

    key = turning_keys.publish(CREDENTIAL)

    assert (key.state, LogEntry.objects.latest("index").op) == ("pending", "key")
    assert f"{signing.issuer_did()}#{key.kid}" in did_document()["assertionMethod"]
    with pytest.raises(turning_keys.KeyActRefused, match="must be published for 7 days first"):
        turning_keys.request(key, "activate", by=asks)
    with pytest.raises(turning_keys.KeyActRefused, match="waits to be put to use"):
        turning_keys.publish(CREDENTIAL)
    assert key_in_use() == before


def test_putting_a_key_to_use_takes_two_people(asks, decides):
    issued_certificate()
    asked = turning_keys.request(published_long_ago(), "activate", by=asks)

    with pytest.raises(turning_keys.FourEyes, match="somebody else must decide"):
        turning_keys.approve(asked, by=asks)
    turning_keys.approve(asked, by=decides)
    with pytest.raises(turning_keys.KeyActRefused, match="already decided"):
        turning_keys.approve(asked, by=decides)


def test_after_a_rotation_last_years_certificate_is_still_valid_everywhere(decide):
    old = issued_certificate()
    publishing_lists.publish()
    before = key_in_use()
    told = turning_keys.foreseen(published_long_ago(), "activate")

    key = decide(SigningKey.objects.get(state="pending"), "activate")
    new = another_certificate()

    assert (told.certificates, told.takes_over) == (1, before)
    before.refresh_from_db()
    assert (before.state, key.state) == ("retired", "active")
    assert {before.kid, key.kid} <= {each.rpartition("#")[2] for each in did_document()["assertionMethod"]}
    assert turning_keys.counts([before, key]) == {before.pk: 1, key.pk: 1}
    for certificate in (old, new):
        for content in (bytes(certificate.credential), bytes(certificate.document.content)):
            assert examining.examine(content).verdict == Verdict.VALID
            assert in_the_kit(content) == ("valid", "")
    assert auditing.audit_rows().faults == []
    assert [each for each in reconciling.differences() if "status list" not in each.where] == []


def test_what_a_stolen_key_signed_is_believed_only_when_the_log_had_it_before(decide, run_queue):
    old = issued_certificate()
    publishing_lists.publish()
    size = old.log_index + 1
    late = another_certificate()
    stolen, following = key_in_use(), turning_keys.publish(CREDENTIAL)
    told = turning_keys.foreseen(stolen, "compromise", size)

    decide(stolen, "compromise", tree_size=size)

    assert (told.renewed, told.doubtful, told.takes_over) == (1, 1, following)
    stolen.refresh_from_db()
    assert (stolen.state, stolen.compromised_tree_size, key_in_use()) == ("compromised", size, following)
    assert f"{signing.issuer_did()}#{stolen.kid}" not in did_document()["assertionMethod"]
    assert list(turning_keys.doubtful(stolen)) == [late]
    for content in (bytes(old.credential), bytes(old.document.content)):
        assert examining.examine(content).verdict == Verdict.VALID
    assert examining.examine(bytes(late.credential)).verdict == Verdict.NOT_GENUINE
    assert examining.examine(bytes(late.document.content)).verdict == Verdict.CANNOT_CHECK
    assert in_the_kit(bytes(old.document.content)) == ("valid", "")
    assert in_the_kit(bytes(late.document.content)) == ("cannot_check", "compromised")

    assert tasks.renew_proofs() == 1
    assert tasks.renew_proofs() == 0
    renewed = renewing_proofs.newest(old)[0]
    issued, again = json.loads(bytes(old.credential)), json.loads(renewed)
    assert again.pop("proof") != issued.pop("proof")
    assert again == issued
    assert data_integrity.verify(json.loads(renewed), signing.public_keys(CREDENTIAL)).document == issued
    assert examining.examine(renewed).verdict == Verdict.VALID
    assert in_the_kit(renewed) == ("valid", "")
    assert RenewedProof.objects.get().certificate == old


def test_a_stolen_key_without_another_stops_issuing_and_nothing_else(decide):
    certificate = issued_certificate()

    decide(key_in_use(), "compromise")

    with pytest.raises(signing.NoKeyInUse, match="No key is in use for credential"):
        another_certificate()
    assert examining.examine(bytes(certificate.document.content)).verdict == Verdict.VALID
    decide(turning_keys.publish(CREDENTIAL), "activate")  # at once: nothing signs, so that nothing is overtaken
    assert another_certificate().log_index > certificate.log_index


def test_what_was_signed_before_the_theft_was_known_and_not_yet_entered_is_signed_anew(decide, run_queue):
    issued_certificate()
    batch = issuing.request(completed_group(1).round.code, by=officer("a@example.org"))
    issuing.approve(batch, by=officer("b@example.org"), through_queue=False)
    batch.refresh_from_db()
    row, terms = batch.rows.get(), Terms.from_json(batch.terms)
    candidate = judge_registrations([row.registration], terms.issued_on)[row.registration]
    made = issuing._make(row, candidate, candidate.completion, terms, crediting.places(1)[0])
    turning_keys.publish(CREDENTIAL)
    decide(key_in_use(), "compromise")

    assert issuing._write(batch, terms, [row.pk], {row.pk: made}, {}) == 0
    run_queue()

    certificate = batch.certificates.get()
    assert certificate.credential_jwt.startswith(jose.beginning(f"{signing.issuer_did()}#{key_in_use().kid}"))
    assert examining.examine(bytes(certificate.credential)).verdict == Verdict.VALID


def test_the_key_of_the_lists_is_turned_with_the_lists(decide, run_queue):
    issued_certificate()
    publishing_lists.publish()
    decide(published_long_ago("status"), "activate")
    run_queue()

    method = json.loads(bytes(key_in_use_list()))["proof"][0]["verificationMethod"]
    assert method == f"{signing.issuer_did()}#{key_in_use('status').kid}"


def key_in_use_list():
    return publishing_lists.StatusList.objects.get().content


def test_the_key_of_the_log_is_never_without_a_successor(decide, asks):
    certificate = issued_certificate()
    with pytest.raises(turning_keys.KeyActRefused, match="publish another first"):
        turning_keys.request(key_in_use("log"), "compromise", by=asks)

    turning_keys.publish("log")
    decide(key_in_use("log"), "compromise")

    assert auditing.audit_rows().faults == []
    assert examining.examine(bytes(certificate.document.content)).verdict == Verdict.VALID


def test_a_key_in_use_is_retired_only_by_another(asks, decide):
    issued_certificate()

    with pytest.raises(turning_keys.KeyActRefused, match="Put another to use; that retires it"):
        turning_keys.request(key_in_use(), "retire", by=asks)
    assert decide(turning_keys.publish(CREDENTIAL), "retire").state == "retired"


# --- At the console --------------------------------------------------------------------------------


def said(*arguments) -> str:
    output = StringIO()
    call_command("keys", *arguments, stdout=output)
    return output.getvalue()


def test_a_dry_run_says_what_will_happen_and_changes_nothing():
    issued_certificate()
    said("create", CREDENTIAL)
    before = list(SigningKey.objects.order_by("pk").values()), LogEntry.objects.count()

    told = said("compromise", key_in_use().kid, "--dry-run")
    assert "1 certificate stood in the log before its entry" in told
    assert "takes its place in the same step" in told
    assert "Nothing was changed." in told
    assert "would be made by the signer" in said("create", "status", "--dry-run")
    assert (list(SigningKey.objects.order_by("pk").values()), LogEntry.objects.count()) == before


def test_the_console_turns_a_key_with_two_names(asks, decides):
    issued_certificate()
    kid = published_long_ago().kid
    with pytest.raises(CommandError, match="Nobody approves their own request"):
        call_command("keys", "activate", kid, "--by", asks.email, "--approved-by", asks.email)
    with pytest.raises(CommandError, match=r"There is no key 'key-x'; 'manage\.py keys list' names all"):
        call_command("keys", "retire", "key-x")

    assert f"{kid} is now active." in said("activate", kid, "--by", asks.email, "--approved-by", decides.email)
    listed = said("list")
    assert f"{kid}  active" in listed
    assert "next rotation by" in listed


def test_an_act_that_waits_lets_no_other_be_asked_for(asks):
    issued_certificate()
    turning_keys.request(key_in_use(), "compromise", by=asks)

    with pytest.raises(turning_keys.KeyActRefused, match="waits for a decision"):
        turning_keys.request(key_in_use(), "compromise", by=asks)
    assert KeyRequest.objects.count() == 1


def test_the_kit_tells_each_key_with_its_period(decide):
    issued_certificate()
    publishing_lists.publish()
    decide(published_long_ago(), "activate")

    keys = {key["id"]: key for key in known()["keys"] if key["purpose"] == CREDENTIAL}

    assert sorted(key["state"] for key in keys.values()) == ["active", "retired"]
    assert all(did.public_of(key["publicKeyMultibase"]) for key in keys.values())
