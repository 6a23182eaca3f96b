"""What is said at the start of a server: keys that are missing, shared or meant for demonstrations."""

import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from certification import signing
from certification.formats.sealing import demonstration_seal
from lms import checks
from lms.kernel import clock


def seed() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def said(**settings) -> list[str]:
    with override_settings(DERIVE_KEYS=False, **settings):
        return [error.id for error in checks.each_purpose_has_a_key_of_its_own(None)]


@pytest.fixture
def earnest():
    """Keys as production wants them, but for the files of the seal."""
    return {"CREDENTIAL_KEY": seed(), "STATUS_KEY": seed(), "LOG_KEY": seed()}


@pytest.fixture
def demonstration_files(tmp_path):
    made = demonstration_seal("Council", not_before=clock.now())
    (tmp_path / "key.pem").write_bytes(made.private)
    (tmp_path / "seal.pem").write_bytes(made.certificate + made.root)
    return {"SEAL_KEY_FILE": str(tmp_path / "key.pem"), "SEAL_CERTIFICATE_FILE": str(tmp_path / "seal.pem")}


@pytest.mark.django_db
def test_production_refuses_keys_that_follow_from_another():
    none = {"CREDENTIAL_KEY": "", "STATUS_KEY": "", "LOG_KEY": "", "SEAL_KEY_FILE": "", "SEAL_CERTIFICATE_FILE": ""}

    assert said(**none) == ["deshmi.E003"] * 3 + ["deshmi.E005"] * 2
    with override_settings(DERIVE_KEYS=False, **none):
        for purpose in signing.SEEDS:
            with pytest.raises(ImproperlyConfigured, match=f"There is no key for {purpose}: set {purpose.upper()}_KEY"):
                signing.signer(purpose)
        with pytest.raises(ImproperlyConfigured, match="set SEAL_KEY_FILE and SEAL_CERTIFICATE_FILE"):
            signing.seal_key()


def test_production_refuses_one_key_for_two_purposes(earnest, demonstration_files):
    shared = earnest | {"LOG_KEY": earnest["STATUS_KEY"]}

    assert said(**shared, **demonstration_files) == ["deshmi.E004", "deshmi.E006"]


def test_production_refuses_a_seal_for_demonstrations(earnest, demonstration_files):
    assert said(**earnest, **demonstration_files) == ["deshmi.E006"]


def test_where_a_signer_signs_nobody_else_has_its_keys(earnest, demonstration_files):
    asked = {"SIGNER_SOCKET": "/run/deshmi/signer"}
    none = dict.fromkeys([*earnest, *demonstration_files], "")

    assert said(**asked, **none) == []
    assert said(**asked, **earnest, **demonstration_files) == ["deshmi.E007"] * 4
    assert said(**asked, **earnest, **demonstration_files, IS_SIGNER=True) == ["deshmi.E006"]


def test_a_key_in_the_folder_is_as_good_as_one_in_the_settings(earnest, tmp_path):
    for name in ("credential.key-1.pem", "status.key-2.uri"):
        (tmp_path / name).touch()
    laid = {"KEYS_FOLDER": str(tmp_path), "SEAL_KEY_FILE": "", "SEAL_CERTIFICATE_FILE": ""}

    assert said(**earnest | {"CREDENTIAL_KEY": "", "STATUS_KEY": ""} | laid) == ["deshmi.E005"] * 2


@pytest.mark.django_db
def test_where_everything_is_fiction_keys_follow_from_one_and_differ_by_purpose():
    assert checks.each_purpose_has_a_key_of_its_own(None) == []
    assert len({signing.signer(purpose).public for purpose in signing.SEEDS}) == 3


@pytest.mark.django_db
def test_the_seal_is_read_from_files_with_its_chain(demonstration_files):
    with override_settings(**demonstration_files):
        key = signing.seal_key()

    assert (len(key.chain), key.algorithm) == (1, "ecdsa")


@pytest.mark.django_db
def test_a_seal_that_cannot_be_read_is_named(tmp_path):
    missing = str(tmp_path / "missing.pem")
    named = pytest.raises(ImproperlyConfigured, match=r"missing\.pem")
    with override_settings(SEAL_KEY_FILE=missing, SEAL_CERTIFICATE_FILE=missing), named:
        signing.seal_key()
