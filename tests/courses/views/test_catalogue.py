"""The catalogue is found in any spelling, says what is true today, and costs few statements."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from courses.operations import enrolling, translating
from courses.views.catalogue import coming_up
from courses.views.catalogue_rows import Coming
from lms.kernel import clock
from tests.courses.pages import english, module_page, programme_page, published
from tests.factories import EnrolmentFactory, GroupFactory, PersonFactory, UserFactory, sessions_of

pytestmark = pytest.mark.django_db

URL = "/sq/trajnimet/"


def titles(response):
    return [row.title for row in response.context["listing"].rows]


def group_of(edition, **fields):
    group = GroupFactory(round__edition=edition, **fields)
    sessions_of(group, clock.local_day() + timedelta(days=7))
    return group


@pytest.mark.parametrize("words", ["fëmijët", "femijet", "FEMIJE", "фемије", "Puna femije"])
def test_a_search_needs_no_marks_and_no_particular_script(client, words):
    programme_page("REF", days=1, title="Puna sociale me fëmijët")
    programme_page("MGT", days=1, title="Menaxhimi")

    response = client.get(URL, {"q": words})

    assert titles(response) == ["Puna sociale me fëmijët"]


def test_a_search_finds_what_is_written_in_another_language_and_in_the_days(client):
    page = programme_page("REF", days=1, title="Rifreskues")
    english(page, title="Refresher")

    assert titles(client.get(URL, {"q": "refresher"})) == ["Rifreskues"]
    assert titles(client.get(URL, {"q": "dita 1"})) == ["Rifreskues"]
    assert titles(client.get(URL, {"q": "nothing of that kind"})) == []


def test_filters_join_within_one_and_narrow_across(client):
    programme_page("A", days=1, audiences=["director"], topics=["management"])
    programme_page("B", days=1, audiences=["manager"], topics=["management"])
    programme_page("C", modules=[module_page()], audiences=["manager"], topics=["children"])

    both = client.get(URL, {"audience": ["director", "manager"]})
    narrowed = client.get(URL, {"audience": ["manager"], "mode": ["workshop"]})

    assert titles(both) == ["Programi A", "Programi B", "Programi C"]
    assert titles(narrowed) == ["Programi B"]


def test_places_are_those_of_coming_groups(client):
    _page, edition = published("REF", days=1)
    group = group_of(edition)

    response = client.get(URL, {"place": group.municipality.key})

    assert titles(response) == ["Programi REF"]
    assert titles(client.get(URL, {"place": "XK-nowhere"})) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"accreditation_status": "submitted"}, "Submitted for accreditation, not accredited yet"),
        (
            {
                "accreditation_status": "accredited",
                "accredited_from": date(2019, 1, 1),
                "accredited_until": date(2021, 12, 31),
            },
            "Accreditation expired on 31.12.2021",
        ),
    ],
)
def test_the_accreditation_is_said_as_it_stands_today(client, fields, expected):
    page = programme_page("REF", days=1, **fields)
    english(page)

    response = client.get("/en/trajnimet/")

    assert response.context["listing"].rows[0].accreditation.text == expected
    assert expected in response.content.decode()


def test_seats_are_those_of_this_moment(client):
    _page, edition = published("REF", days=1)
    group = group_of(edition, capacity=2)

    before = client.get(URL).context["listing"].rows[0].next.seats_free
    enrolling.enrol(PersonFactory(), edition, group=group, by=None)
    after = client.get(URL).context["listing"].rows[0].next.seats_free

    assert (before, after) == (2, 1)


def test_a_title_published_now_is_shown_now(client):
    page, _edition = published("REF", days=1)
    client.get(URL)
    page.title = "Titulli i ri"
    page.save_revision().publish()

    assert titles(client.get(URL)) == ["Titulli i ri"]


def test_a_language_nobody_wrote_in_shows_the_nearest_one(client):
    programme_page("REF", days=1)
    translating.fill_languages()

    response = client.get("/sr/trajnimet/")

    assert titles(response) == ["Programi REF"]
    assert response.context["listing"].rows[0].url == "/sr/trajnimet/ref/"


def test_the_home_page_is_told_what_is_coming_up(rf):
    _page, edition = published("REF", days=1)
    group = group_of(edition, capacity=2)
    EnrolmentFactory(group=group)
    request = rf.get("/sq/")

    with translation.override("sq"):
        section = coming_up(request)

    assert section["coming_up"] == [
        Coming(
            "Programi REF",
            "/sq/trajnimet/ref/",
            clock.local_day() + timedelta(days=7),
            group.municipality.names["sq"],
            1,
        )
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_costs_at_most_eight_statements(
    client, count, cache_in_the_database, django_assert_max_num_queries
):
    for number in range(count):
        _page, edition = published(f"P{number}", days=1)
        group_of(edition)
    client.get(URL)

    with django_assert_max_num_queries(8):
        response = client.get(URL)

    assert len(response.context["listing"].rows) == count


# --- One programme ---------------------------------------------------------------------------------


def test_the_rule_is_said_in_words_with_its_numbers(client):
    published("REF", days=6)
    english_titles = client.get("/sq/trajnimet/ref/").context["described"].rule

    assert len(english_titles) == 1
    assert "6" in english_titles[0]


def step(client, url="/sq/trajnimet/ref/"):
    return client.get(url).context["next_step"].kind


def test_the_button_follows_what_the_reader_can_do(client, client_for):
    user = UserFactory()
    person = PersonFactory(user=user)
    _page, edition = published("REF", days=1)
    browser = client_for(user)

    assert step(client) == "closed"
    group = group_of(edition, capacity=1)
    assert step(client) == "choose"
    enrolment = enrolling.enrol(person, edition, group=group, by=user)
    assert step(browser) == "joined"
    assert step(client) == "closed"
    enrolling.withdraw(enrolment, by=user)
    assert step(browser) == "choose"


def test_an_online_programme_goes_on_with_the_next_lesson(client_for):
    user = UserFactory()
    _page, edition = published("ACC", modules=[module_page("M1")])
    enrolling.enrol(PersonFactory(user=user), edition, by=user)

    response = client_for(user).get("/sq/trajnimet/acc/")

    assert response.context["next_step"].kind == "resume"
    assert response.context["resume"].code == "M1-L1"


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_programme_costs_at_most_twelve_statements_signed_in(
    client_for, count, cache_in_the_database, django_assert_max_num_queries
):
    user = UserFactory()
    modules = [module_page(f"M{number}") for number in range(count)]
    _page, edition = published("REF", days=1, modules=modules)
    groups = [group_of(edition) for _n in range(count)]
    enrolling.enrol(PersonFactory(user=user), edition, group=groups[0], by=user)
    browser = client_for(user)
    browser.get("/sq/trajnimet/ref/")

    with django_assert_max_num_queries(12):
        response = browser.get("/sq/trajnimet/ref/")

    assert len(response.context["described"].offers) == count
