"""Keys in the office: who sees them, what each act says before it is done, and that it takes two people."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certification.models import KeyRequest, LogEntry, SigningKey
from certification.operations import turning_keys
from lms.kernel import clock
from lms.people import roles
from tests.certification.factories import issued_certificate, officer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
OFFICE = "/office/keys/"


@pytest.fixture(autouse=True)
def _a_folder_for_new_keys(settings, tmp_path):
    settings.KEYS_FOLDER = str(tmp_path / "keys")


@pytest.fixture
def keeper():
    return officer("keeper@example.org")


@pytest.fixture
def other():
    return UserFactory(email="other-keeper@example.org", roles=[roles.ADMINISTRATOR])


def text(answer):
    return answer.content.decode()


def in_use(purpose="credential"):
    return SigningKey.objects.get(purpose=purpose, state="active")


def test_every_key_is_listed_with_what_is_under_it(client_for, keeper):
    issued_certificate()

    page = text(client_for(keeper).get(OFFICE))

    for key in SigningKey.objects.all():
        assert key.kid in page
    assert "in use" in page
    assert "Make the next key" in page
    assert "Nothing can be signed now" not in page


def test_the_list_asks_as_much_for_one_key_as_for_three(client_for, keeper):
    issued_certificate()
    browser = client_for(keeper)
    browser.get(OFFICE)

    def asked():
        with CaptureQueriesContext(connection) as counted:
            browser.get(OFFICE)
        return len(counted)

    few = asked()
    for number in range(3):
        SigningKey.objects.create(
            purpose="credential", kid=f"key-{number}", public=b"x" * 32, state="retired", retired_at=clock.now()
        )

    assert asked() == few


@pytest.mark.parametrize("role", [roles.INSPECTOR, roles.COMMISSION_MEMBER, roles.COURSE_AUTHOR, roles.ORGANISER])
def test_keys_are_for_officers_and_administrators(client_for, role):
    issued_certificate()
    browser, kid = client_for(UserFactory(email="stranger@example.org", roles=[role])), in_use().kid

    for path in ("", f"{kid}/", f"{kid}/compromise/", "requests/1/"):
        assert browser.get(OFFICE + path).status_code in (302, 403)
    assert browser.post(f"{OFFICE}publish/", {"purpose": "credential"}).status_code in (302, 403)
    assert browser.post(f"{OFFICE}{kid}/compromise/", {}).status_code in (302, 403)
    assert (KeyRequest.objects.count(), SigningKey.objects.filter(state="pending").count()) == (0, 0)


def test_a_rotation_from_the_office_by_two_people(client_for, keeper, other):
    issued_certificate()
    before = in_use()
    asking, deciding = client_for(keeper), client_for(other)

    asking.post(f"{OFFICE}publish/", {"purpose": "credential"})
    key = SigningKey.objects.get(state="pending")
    assert "must be published for 7 days first" in text(asking.get(f"{OFFICE}{key.kid}/activate/"))
    SigningKey.objects.filter(pk=key.pk).update(published_at=clock.now() - timedelta(days=8))
    page = text(asking.get(f"{OFFICE}{key.kid}/activate/"))
    assert "1 certificate was signed with it. It stays valid" in page
    asking.post(f"{OFFICE}{key.kid}/activate/", {"note": "yearly"})
    address = f"{OFFICE}requests/{KeyRequest.objects.get().pk}/"
    assert "so somebody else decides" in text(asking.get(address))
    asking.post(address, {"answer": "approve", "key": key.kid})
    deciding.post(address, {"answer": "approve", "key": "key-wrong"})
    assert in_use() == before

    deciding.post(address, {"answer": "approve", "key": key.kid})

    assert in_use() == key
    assert SigningKey.objects.get(pk=before.pk).state == "retired"
    assert "yearly" in text(asking.get(f"{OFFICE}{key.kid}/"))


def test_what_a_compromise_will_do_is_shown_for_the_number_that_is_typed(client_for, keeper):
    certificate = issued_certificate()
    browser, address = client_for(keeper), f"{OFFICE}{in_use().kid}/compromise/"

    assert "No certificate was entered after that." in text(browser.get(address))
    page = text(browser.get(address, {"tree_size": certificate.log_index}))
    assert "1 certificate was entered after that." in page
    assert "signing stops until one is put to use" in page
    assert "abc is no number of entries" in text(browser.get(address, {"tree_size": "abc"}))
    assert f"The log has {LogEntry.objects.count()} entries" in text(browser.post(address, {"tree_size": "99999"}))
    assert KeyRequest.objects.count() == 0


def test_certificates_to_be_reviewed_are_listed_under_the_lost_key(client_for, keeper, other):
    certificate, key = issued_certificate(), in_use()
    asked = turning_keys.request(key, "compromise", by=keeper, tree_size=0)
    turning_keys.approve(asked, by=other)

    page = text(client_for(keeper).get(f"{OFFICE}{key.kid}/"))

    assert "For review: entered after the theft" in page
    assert certificate.serial in page
    assert "Nothing can be signed now" in text(client_for(keeper).get(OFFICE))
