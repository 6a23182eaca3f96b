"""The register in the office: who sees it, how it is searched, and acts that are confirmed."""

from datetime import timedelta

import pytest
from django.urls import reverse

from certification import holdings
from certification.models import Licence
from certification.operations import registering
from lms.kernel import clock
from lms.people import personal_numbers, roles
from lms.people.models import Person
from lms.people.operations.loading_municipalities import load_municipalities
from tests.certification.factories import licence_for
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "/office/register/"


@pytest.fixture
def officer():
    return UserFactory(roles=[roles.COUNCIL_OFFICER])


@pytest.fixture
def office(client_for, officer):
    return client_for(officer)


@pytest.fixture
def inspection(client_for):
    return client_for(UserFactory(roles=[roles.INSPECTOR]))


def numbers(response) -> list[str]:
    return [licence.number for licence in response.context["page"]]


def pages_of(licence) -> list[str]:
    person = licence.person.reference
    return [
        LIST,
        f"{LIST}export.csv",
        reverse("register:licence", args=[licence.pk]),
        reverse("register:people"),
        reverse("register:person", args=[person]),
    ]


def keeping_pages_of(licence) -> list[str]:
    person = licence.person.reference
    return [
        reverse("register:act", args=[licence.pk, "revoke"]),
        reverse("register:add_person"),
        reverse("register:rename", args=[person]),
        reverse("register:grant", args=[person]),
        reverse("register:files"),
    ]


@pytest.mark.parametrize("role", [roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER, roles.ADMINISTRATOR, roles.INSPECTOR])
def test_the_council_and_the_inspection_look(client_for, role):
    licence = licence_for(PersonFactory())
    browser = client_for(UserFactory(roles=[role]))

    assert {browser.get(page).status_code for page in pages_of(licence)} == {200}


@pytest.mark.parametrize("role", [roles.ORGANISER, roles.COURSE_AUTHOR])
def test_other_roles_of_the_office_do_not_look(client_for, role):
    licence = licence_for(PersonFactory())
    browser = client_for(UserFactory(roles=[role]))

    answers = {browser.get(page).status_code for page in [*pages_of(licence), *keeping_pages_of(licence)]}

    assert answers <= {302, 403}


@pytest.mark.parametrize("role", [roles.INSPECTOR, roles.COMMISSION_MEMBER])
def test_the_inspection_and_the_commission_only_look(client_for, role):
    licence = licence_for(PersonFactory())
    looking = client_for(UserFactory(roles=[role]))

    answers = {looking.post(page).status_code for page in keeping_pages_of(licence)}
    page = looking.get(reverse("register:licence", args=[licence.pk])).content.decode()

    assert answers <= {302, 403}
    assert reverse("register:act", args=[licence.pk, "revoke"]) not in page
    assert Licence.objects.get().state == "granted"


def test_a_visitor_is_sent_to_sign_in(client):
    assert client.get(LIST).status_code == 302


def test_the_list_finds_names_in_any_script_and_numbers(office):
    licence_for(PersonFactory(given_name="Љубиша", surname="Џамбић"), number="L-7")
    licence_for(PersonFactory(given_name="Arta", surname="Gashi"), number="L-8")

    assert numbers(office.get(LIST, {"q": "dzambic"})) == ["L-7"]
    assert numbers(office.get(LIST, {"q": "l-8"})) == ["L-8"]
    assert numbers(office.get(LIST, {"q": "nobody"})) == []


def test_the_list_is_narrowed_by_standing_level_category_place_and_end(office):
    today = clock.local_day()
    load_municipalities()
    place = Person._meta.get_field("municipality").related_model.objects.get(key="XK-17")
    long_ago = today - timedelta(days=400)
    licence_for(PersonFactory(), number="valid", level="basic")
    licence_for(PersonFactory(municipality=place), number="ending", valid_to=today + timedelta(days=90), level="high")
    licence_for(PersonFactory(), number="expired", valid_to=today - timedelta(days=1), category="mediator")
    licence_for(PersonFactory(), number="later", valid_from=today + timedelta(days=1))
    suspended = licence_for(PersonFactory(), number="suspended", valid_from=long_ago)
    registering.suspend(suspended, effective_on=today, by=None)

    def asked(**wanted):
        return numbers(office.get(LIST, wanted))

    assert asked(standing="valid") == ["ending", "valid"]
    assert asked(standing="expired") == ["expired"]
    assert asked(standing="not_yet_valid") == ["later"]
    assert asked(standing="suspended") == ["suspended"]
    assert asked(level="high") == ["ending"]
    assert asked(municipality=place.pk) == ["ending"]
    assert asked(ending="on") == ["ending"]
    assert len(asked(standing="nonsense")) == 5


@pytest.mark.parametrize("address", [LIST, "/office/register/people/"])
def test_a_list_costs_the_same_for_one_and_for_three(office, django_assert_max_num_queries, address):
    load_municipalities()
    place = Person._meta.get_field("municipality").related_model.objects.first()
    licence_for(PersonFactory(municipality=place), number="L-1")
    office.get(address)
    with django_assert_max_num_queries(25) as one:
        office.get(address)
    for number in (2, 3):
        licence_for(PersonFactory(municipality=place), number=f"L-{number}")

    with django_assert_max_num_queries(len(one)):
        office.get(address)


def test_the_export_is_guarded_and_leaves_the_personal_number_out(office):
    person = PersonFactory(given_name="=HYPERLINK", surname="Gashi")
    personal_numbers.seal(person, "0000000019")
    person.save()
    licence_for(person, number="L-1")

    response = office.get(f"{LIST}export.csv", {"q": "l-1"})
    text = b"".join(response.streaming_content).decode()

    assert text.startswith("\ufefflicence_number,given_name")
    assert "L-1,'=HYPERLINK,Gashi" in text
    assert "0000000019" not in text


def test_an_act_is_confirmed_with_its_decision_and_stands_in_the_ledger(office, officer):
    licence = licence_for(PersonFactory())
    address = reverse("register:act", args=[licence.pk, "suspend"])
    today = clock.local_day()

    missing = office.post(address, {"effective_on": today.isoformat()})
    done = office.post(
        address, {"effective_on": today.strftime("%d.%m.%Y"), "decision_number": "7/2026", "reason": "Complaint"}
    )

    assert missing.context["form"].errors.keys() == {"decision_number", "reason"}
    assert done.status_code == 302
    event = licence.events.last()
    assert (event.kind, event.decision_number, event.recorded_by) == ("suspended", "7/2026", officer)
    page = office.get(done.url).content.decode()
    assert "Decision 7/2026" in page
    assert "Not in force today." in page


def test_an_impossible_act_says_what_to_do_instead(office):
    licence = licence_for(PersonFactory())
    registering.revoke(licence, effective_on=clock.local_day(), by=None)

    answer = office.post(
        reverse("register:act", args=[licence.pk, "renew"]), {"months": 36, "decision_number": "1", "reason": "x"}
    )

    assert answer.status_code == 200
    assert "a revoked licence cannot be renewed. Grant a new one." in answer.content.decode()


def test_an_unknown_act_or_licence_is_not_found(office):
    licence = licence_for(PersonFactory())

    assert office.get(reverse("register:act", args=[licence.pk, "delete"])).status_code == 404
    assert office.get(reverse("register:licence", args=[licence.pk + 1])).status_code == 404


@pytest.mark.parametrize("slug", ["renew", "suspend", "reinstate", "revoke", "surrender", "correct"])
def test_every_act_shows_its_form_and_looking_changes_nothing(office, slug):
    licence = licence_for(PersonFactory())

    assert office.get(reverse("register:act", args=[licence.pk, slug])).status_code == 200
    assert licence.events.count() == 1


def test_a_person_is_added_and_granted_a_licence(office):
    added = office.post(reverse("register:add_person"), {"given_name": "Arta", "surname": "Gashi"})
    person = Person.objects.get(surname="Gashi")
    licence_for(PersonFactory(), number="L-taken")
    facts = {
        "body": Licence.objects.get().body_id,
        "valid_from": "2026-01-01",
        "months": 36,
        "decision_number": "9/2026",
        "reason": "Examination passed",
    }

    address = reverse("register:grant", args=[person.reference])
    taken = office.post(address, facts | {"number": "L-taken"})
    granted = office.post(address, facts | {"number": "L-9"})

    assert added.url == reverse("register:person", args=[person.reference])
    assert "has already granted licence L-taken" in taken.content.decode()
    assert granted.status_code == 302
    assert holdings.licences_of(person)[0].valid_to.isoformat() == "2028-12-31"


def test_a_change_of_name_is_kept_with_its_document(office):
    person = PersonFactory(given_name="Živka", surname="Đukić")

    office.post(
        reverse("register:rename", args=[person.reference]),
        {"given_name": "Živka", "surname": "Đukić Mitić", "father_name": "", "document": "Marriage 4/2026"},
    )

    page = office.get(reverse("register:person", args=[person.reference])).content.decode()
    assert "Đukić Mitić" in page
    assert "Marriage 4/2026" in page
