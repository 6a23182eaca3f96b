"""Who may read a lesson, what reading records, and how one gets on without JavaScript."""

import gzip
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation

from courses.models import LessonPage, LessonProgress
from courses.operations import enrolling, translating
from lms.kernel import clock
from lms.people import roles
from tests.courses.pages import lesson_page, module_page, published
from tests.factories import EditionFactory, EnrolmentFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

LESSON = "/sq/trajnimet/m1/m1-l1/"


@pytest.fixture
def closed():
    """A programme that is not open to everybody, with one module of two lessons."""
    return published("ACC", modules=[module_page("M1")], is_open=False)[1]


@pytest.fixture
def learner(closed, client_for):
    user = UserFactory()
    enrolling.enrol(PersonFactory(user=user), closed, by=None)
    return client_for(user)


def shows_text(response):
    return "Teksti" in response.content.decode()


def test_a_visitor_sees_title_summary_and_how_to_enrol_but_not_the_text(client, closed):
    response = client.get(LESSON)

    page = response.content.decode()
    assert "Mësimi M1-L1" in page
    assert "Përmbledhje" in page
    assert "/sq/trajnimet/acc/" in page
    assert not shows_text(response)


def test_somebody_signed_in_but_not_enrolled_does_not_read_a_closed_programme(client_for, closed):
    user = UserFactory()
    PersonFactory(user=user)

    assert not shows_text(client_for(user).get(LESSON))


def test_an_enrolment_that_ended_or_is_in_another_programme_opens_nothing(client_for, closed):
    user = UserFactory()
    person = PersonFactory(user=user)
    EnrolmentFactory(person=person, edition=EditionFactory(days=0, modules=1))
    enrolling.withdraw(enrolling.enrol(person, closed, by=None), by=None)

    assert not shows_text(client_for(user).get(LESSON))


@pytest.mark.parametrize("role", [roles.COURSE_AUTHOR, roles.COUNCIL_OFFICER, roles.TRAINER])
def test_those_who_write_teach_or_check_read_everything(client_for, closed, role):
    assert shows_text(client_for(UserFactory(roles=[role])).get(LESSON))


def test_a_preview_is_open_to_everybody(client):
    module = module_page("M1", lessons=0)
    lesson_page(module, "M1-L1", is_preview=True)

    assert shows_text(client.get(LESSON))


def test_a_module_says_how_its_accreditation_stands_today_and_is_silent_where_nothing_was_submitted(client):
    last_day = clock.local_day() - timedelta(days=1)
    module_page("M1")
    module_page("M2", accreditation_status="accredited", accredited_until=last_day)

    plain, expired = (client.get(f"/sq/trajnimet/{slug}/") for slug in ("m1", "m2"))

    assert plain.context["accreditation"] is None
    assert f"{last_day:%d.%m.%Y}" in expired.context["accreditation"].text
    assert expired.context["accreditation"].text in expired.content.decode()


def test_an_open_programme_is_read_by_everybody_signed_in_without_counting(client, client_for):
    published("ACC", modules=[module_page("M1")])
    user = UserFactory()

    assert not shows_text(client.get(LESSON))
    assert shows_text(client_for(user).get(LESSON))
    assert LessonProgress.objects.count() == 0


def key_of(code):
    return LessonPage.objects.get(code=code, locale__language_code="sq").translation_key


def address(name, code):
    with translation.override("sq"):
        return reverse(f"courses:{name}", args=[key_of(code)])


def test_looking_at_a_lesson_records_nothing(learner):
    learner.get(LESSON)

    assert LessonProgress.objects.count() == 0


def test_done_without_javascript_records_and_leads_on(learner):
    form = learner.get(LESSON).content.decode()
    assert address("lesson-done", "M1-L1") in form

    response = learner.post(address("lesson-done", "M1-L1"), {"next": "/sq/trajnimet/m1/m1-l2/"})

    assert response.url == "/sq/trajnimet/m1/m1-l2/"
    assert LessonProgress.objects.get().lesson_code == "M1-L1"
    assert learner.get(LESSON).context["is_done"]


def test_done_never_leads_to_another_site(learner):
    response = learner.post(address("lesson-done", "M1-L1"), {"next": "https://evil.example/"})

    assert response.url == address("lesson", "M1-L1")


def test_opening_is_recorded_by_a_post_only(learner):
    assert learner.get(address("lesson-opened", "M1-L2")).status_code == 405
    assert learner.post(address("lesson-opened", "M1-L2")).status_code == 204
    assert learner.get("/sq/trajnimet/m1/").context["resume"].code == "M1-L2"


def test_a_lesson_of_a_programme_one_is_not_in_is_not_recorded(client_for, closed):
    user = UserFactory()
    PersonFactory(user=user)

    response = client_for(user).post(address("lesson-opened", "M1-L1"))

    assert response.status_code == 404
    assert LessonProgress.objects.count() == 0


def test_the_outline_ticks_what_is_done(learner):
    learner.post(address("lesson-done", "M1-L1"))

    lines = learner.get("/sq/trajnimet/m1/m1-l2/").context["ticks"].lines

    assert [(line.place.code, line.is_done, line.is_current) for line in lines] == [
        ("M1-L1", True, False),
        ("M1-L2", False, True),
    ]


def test_an_unpublished_lesson_stays_open_to_those_whose_edition_has_it(learner, client):
    LessonPage.objects.get(code="M1-L1").unpublish()

    assert learner.get(LESSON).status_code == 404
    assert shows_text(learner.get(address("lesson", "M1-L1")))
    assert client.get(address("lesson", "M1-L1")).status_code == 404


def test_a_lesson_nobody_knows_is_not_found(learner):
    with translation.override("sq"):
        unknown = reverse("courses:lesson", args=[uuid4()])

    assert learner.get(unknown).status_code == 404


def test_a_page_that_stands_in_says_its_language(learner):
    translating.fill_languages()

    page = learner.get("/sr/trajnimet/m1/m1-l1/").content.decode()

    assert '<article class="lesson__text" lang="sq"' in page


def test_the_next_language_keeps_the_progress(learner):
    translating.fill_languages()
    learner.post(address("lesson-done", "M1-L1"))

    assert learner.get("/en/trajnimet/m1/m1-l1/").context["is_done"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_lesson_costs_at_most_ten_statements_signed_in(
    client_for, count, cache_in_the_database, django_assert_max_num_queries
):
    user = UserFactory()
    edition = published("ACC", modules=[module_page("M1", lessons=count)])[1]
    enrolling.enrol(PersonFactory(user=user), edition, by=None)
    browser = client_for(user)
    browser.get(LESSON)

    with django_assert_max_num_queries(10):
        browser.get(LESSON)


def test_the_first_visit_to_a_lesson_is_light(learner, settings):
    page = learner.get(LESSON).content
    files = [
        "css/tokens.css",
        "css/base.css",
        "css/components.css",
        "css/courses-lesson.css",
        "js/shell.js",
        "js/dialog.js",
        "js/tabs.js",
        "js/toast.js",
        "js/lesson.js",
        "js/knowledge_check.js",
        "img/favicon.svg",
    ]
    static = [(settings.BASE_DIR / "static" / name).read_bytes() for name in files]

    assert sum(len(gzip.compress(each)) for each in [page, *static]) < 60 * 1024
    # The page itself, the picture in the tab, and what it asks for.
    assert page.count(b'<link rel="stylesheet"') + page.count(b"<script src") + page.count(b'type="module"') <= 4
