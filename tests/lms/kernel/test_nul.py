"""A NUL character never reaches the database, which would answer with an error."""

import json

import pytest

from courses.models import Enrolment
from tests.factories import EnrolmentFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/sq/learn/enrol/A%00B/", "/en/?q=a%00b", "/v/?next=%00"])
def test_an_address_with_a_nul_is_refused(client_for, address):
    assert client_for(UserFactory()).get(address).status_code == 400


@pytest.mark.parametrize("kind", ["multipart", "form"])
def test_a_field_with_a_nul_is_refused_and_nothing_is_done(client_for, kind):
    enrolment = EnrolmentFactory(person=PersonFactory(user=UserFactory()))
    browser = client_for(enrolment.person.user)
    address = f"/sq/learn/enrolment/{enrolment.registration}/withdraw/"

    if kind == "multipart":
        answer = browser.post(address, {"reason": "ill\x00"})
    else:
        answer = browser.post(address, "reason=ill%00", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 400
    assert Enrolment.objects.get().ended_at is None


def test_json_with_a_nul_is_refused(client_for):
    answer = client_for(UserFactory()).post("/en/my/", json.dumps({"a": "\x00"}), content_type="application/json")

    assert answer.status_code == 400


def test_a_field_without_one_is_taken(client_for):
    enrolment = EnrolmentFactory(person=PersonFactory(user=UserFactory()))

    client_for(enrolment.person.user).post(
        f"/sq/learn/enrolment/{enrolment.registration}/withdraw/", {"reason": "0 %00 \\u0000"}
    )

    assert Enrolment.objects.get().ended_at is not None
