"""Publishing freezes what a programme states, once per change, and refuses what nobody could complete."""

from datetime import date

import pytest
from wagtail.models import Page

from courses.models import Assessment, Edition, EditionLesson, Question
from courses.operations.publishing import PublishRefused, cut_edition
from tests.courses.pages import english, lesson_page, module_page, programme_page, published
from tests.factories import EnrolmentFactory, QuestionVersionFactory, in_languages

pytestmark = pytest.mark.django_db


def test_an_edition_takes_days_modules_and_lessons_in_their_order():
    page = programme_page("REF", days=2, modules=[module_page("M1", lessons=2)])

    edition = cut_edition(page)

    assert edition.number == 1
    assert edition.page_key == page.translation_key
    assert edition.rule == {"days": ["D1", "D2"], "modules": ["M1"], "assessments": []}
    assert [day.code for day in edition.days.all()] == ["D1", "D2"]
    assert [row.code for row in EditionLesson.objects.filter(module__edition=edition)] == ["M1-L1", "M1-L2"]


def test_titles_come_from_every_language_somebody_wrote_and_from_no_alias():
    module = module_page("M1", lessons=1)
    page = programme_page("REF", days=1, modules=[module])
    english(page, title="Programme REF", summary="For whom")

    edition = cut_edition(page)

    assert edition.titles == {"sq": "Programi REF", "en": "Programme REF"}
    assert edition.modules.get().titles == {"sq": "Moduli M1"}


def test_the_same_facts_make_no_second_edition():
    page, edition = published("REF", days=1)

    assert cut_edition(page) == edition
    assert Edition.objects.count() == 1


def test_a_change_makes_a_new_edition_and_leaves_the_old_one_and_its_enrolments_alone():
    page, first = published("REF", days=1)
    enrolment = EnrolmentFactory(edition=first)
    page.title = "Titull i ri"
    page.save_revision().publish()

    second = cut_edition(page)

    enrolment.refresh_from_db()
    first.refresh_from_db()
    assert second.number == 2
    assert first.titles == {"sq": "Programi REF"}
    assert enrolment.edition == first


def test_a_programme_that_needs_nothing_is_refused_as_not_completable():
    page = programme_page("REF", days=2, needs_all_days=False)

    with pytest.raises(PublishRefused, match="not completable"):
        cut_edition(page)


def test_a_module_without_lessons_is_refused_by_name():
    page = programme_page("REF", modules=[module_page("M1", lessons=0)])

    with pytest.raises(PublishRefused, match="“Moduli M1” has no published lesson"):
        cut_edition(page)


def test_a_module_that_is_not_published_is_refused_and_not_left_out():
    module = module_page("M1")
    page = programme_page("REF", days=1, modules=[module])
    module.unpublish()

    with pytest.raises(PublishRefused, match="“Moduli M1” is not published"):
        cut_edition(page)


def test_two_days_with_one_code_are_refused():
    page = programme_page("REF", days=2)
    page.training_days.filter(code="D2").update(code="D1")

    with pytest.raises(PublishRefused, match="Two training days have the code D1"):
        cut_edition(page)


def assessment(**fields):
    values = {"code": "A1", "module_code": "M1", "titles": in_languages("Test"), "questions_per_attempt": 2}
    return Assessment.objects.create(**values | fields)


def test_a_pool_that_is_too_small_is_refused_with_the_numbers():
    assessment(questions_per_attempt=3)
    QuestionVersionFactory.create_batch(2, module_code="M1")
    page = programme_page("REF", modules=[module_page("M1")])

    with pytest.raises(PublishRefused, match="A1 draws 3 questions, but the bank has 2 for module M1"):
        cut_edition(page)


def test_the_pool_is_the_newest_version_of_each_question_in_use():
    assessment(questions_per_attempt=1)
    old = QuestionVersionFactory(module_code="M1")
    newest = QuestionVersionFactory(question=old.question, number=2)
    retired = QuestionVersionFactory(module_code="M1")
    Question.objects.filter(pk=retired.question_id).update(retired_at="2026-01-01T00:00Z")

    edition = cut_edition(programme_page("REF", modules=[module_page("M1")]))

    assert edition.assessments.get().pool == [newest.pk]
    assert edition.rule["assessments"] == ["A1"]


def test_unpublishing_or_adding_a_lesson_changes_nothing_for_those_enrolled():
    module = module_page("M1", lessons=2)
    page, edition = published("REF", modules=[module])
    before = list(EditionLesson.objects.filter(module__edition=edition).values())
    module.get_children().first().unpublish()
    lesson_page(Page.objects.get(pk=module.pk), "M1-L3")

    cut_edition(page)

    assert list(EditionLesson.objects.filter(module__edition=edition).values()) == before


def test_publishing_a_page_in_wagtail_cuts_the_edition(django_capture_on_commit_callbacks):
    page = programme_page("REF", days=1)

    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()

    assert Edition.objects.get().programme_code == "REF"


def test_publishing_a_lesson_renews_the_programmes_it_belongs_to(django_capture_on_commit_callbacks):
    module = module_page("M1", lessons=1)
    published("REF", modules=[module])
    lesson = module.get_children().get().specific
    lesson.title = "Titull i ri"

    with django_capture_on_commit_callbacks(execute=True):
        lesson.save_revision().publish()

    assert Edition.objects.count() == 2


def test_a_refusal_does_not_break_publishing(django_capture_on_commit_callbacks):
    page = programme_page("REF", days=1, needs_all_days=False)

    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()

    assert Edition.objects.count() == 0


ACCREDITED = {
    "accreditation_status": "accredited",
    "accreditation_body": "NQA",
    "accreditation_number": "5",
    "accredited_from": date(2024, 3, 1),
    "accredited_until": date(2027, 2, 28),
}


def accredited_module():
    """An accredited module with the assessment that it needs."""
    assessment()
    for _number in range(2):
        QuestionVersionFactory(module_code="M1")
    return module_page("M1", **ACCREDITED)


def test_an_accredited_module_is_not_completed_by_reading_alone():
    page = programme_page("ONL", modules=[module_page("M1", **ACCREDITED)])

    with pytest.raises(PublishRefused, match="“Moduli M1” is accredited, and reading alone does not complete it"):
        cut_edition(page)


def test_an_edition_freezes_the_accreditation_of_its_modules_and_asks_that_they_hold():
    modules = [accredited_module(), module_page("M2", accreditation_status="submitted")]
    edition = cut_edition(programme_page("ONL", modules=modules))

    assert edition.modules.get(code="M1").accreditation == {
        "status": "accredited",
        "body": "NQA",
        "number": "5",
        "from": "2024-03-01",
        "to": "2027-02-28",
    }
    assert edition.rule == {"days": [], "modules": ["M1", "M2"], "assessments": ["A1"], "accreditation": ["M1"]}


def test_a_programme_and_its_modules_are_accredited_each_by_itself():
    page = programme_page("ONL", modules=[accredited_module()], **ACCREDITED)

    assert cut_edition(page).rule["accreditation"] == ["ONL", "M1"]


def test_a_module_that_is_not_needed_needs_no_accreditation():
    page = programme_page(
        "REF", days=1, modules=[module_page("M1", **ACCREDITED)], needs_all_modules=False, needs_assessments=False
    )

    assert "accreditation" not in cut_edition(page).rule


def test_a_renewed_accreditation_makes_a_new_edition():
    module = accredited_module()
    page, first = published("ONL", modules=[module])
    module.accredited_until = date(2030, 2, 28)
    module.save_revision().publish()

    assert cut_edition(page).number == first.number + 1


def test_an_accredited_programme_and_an_accredited_module_of_one_code_are_refused():
    page = programme_page("M1", slug="other", modules=[accredited_module()], **ACCREDITED)

    with pytest.raises(PublishRefused, match="have the same code M1"):
        cut_edition(page)
