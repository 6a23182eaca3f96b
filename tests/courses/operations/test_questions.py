"""The question bank: content files load any number of times, changes are versions, refusals say what is missing."""

from pathlib import Path

import pytest
import yaml

import courses
from courses.models import Question, QuestionVersion
from courses.operations import questions
from courses.operations.questions import Content, Option

pytestmark = pytest.mark.django_db

FILE = Path(courses.__file__).parent / "demo" / "content" / "modules.yaml"
DATA = {
    "id": "M1-Q01",
    "outcome": "M1.3",
    "difficulty": 3,
    "type": "multiple",
    "vignette": {"en": "A case.", "sq": "Një rast."},
    "stem": {"en": "Which?", "sq": "Cilat?", "sr_latn": "Koje?"},
    "options": [
        {"key": "a", "correct": True, "en": "One", "sq": "Një", "sr_latn": "Jedan"},
        {"key": "b", "correct": True, "en": "Two", "sq": "Dy", "sr_latn": "Dva"},
        {"key": "c", "correct": False, "en": "Three", "sq": "Tre", "sr_latn": "Tri"},
    ],
    "rationale": {"en": "So.", "sq": "Pra."},
}


def content(**changes):
    options = [Option("a", True, {"en": "Yes"}), Option("b", False, {"en": "No"})]
    return Content(**{"kind": "single", "stems": {"en": "Right?"}, "options": options} | changes)


def test_a_question_of_a_content_file_is_kept_whole():
    version = questions.load_question(DATA, module_code="SW-M1")

    assert (version.question.code, version.question.module_code, version.question.outcome) == (
        "M1-Q01",
        "SW-M1",
        "M1.3",
    )
    assert (version.kind, version.difficulty, version.correct_keys) == ("multiple", 3, {"a", "b"})
    assert version.stems == {"en": "Which?", "sq": "Cilat?", "sr-latn": "Koje?"}
    assert version.options[0] == {"key": "a", "correct": True, "texts": {"en": "One", "sq": "Një", "sr-latn": "Jedan"}}


def test_loading_the_demo_twice_changes_nothing():
    modules = yaml.safe_load(FILE.read_text(encoding="utf-8"))["modules"]

    def load():
        for module in modules:
            for question in module["questions"]:
                questions.load_question(question, module_code=module["code"])
        return Question.objects.count(), QuestionVersion.objects.count()

    assert load() == load() == (74, 74)


def test_other_words_make_a_new_version():
    questions.load_question(DATA, module_code="SW-M1")

    version = questions.load_question(DATA | {"stem": DATA["stem"] | {"en": "Which ones?"}}, module_code="SW-M1")

    assert version.number == 2
    assert QuestionVersion.objects.count() == 2


def test_decomposed_letters_are_the_same_words():
    questions.load_question(DATA, module_code="SW-M1")
    decomposed = DATA | {"vignette": {"en": "A case.", "sq": "Nje\u0308 rast."}}

    assert questions.load_question(decomposed, module_code="SW-M1").number == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "essay"}, "one answer or several"),
        ({"stems": {"en": " "}}, "at least one language"),
        ({"options": [Option("a", True, {"en": "Yes"})]}, "at least two options"),
        ({"options": [Option("a", True, {"en": "Yes"}), Option("a", False, {"en": "No"})]}, "its own key"),
        ({"stems": {"en": "Right?", "sq": "Drejt?"}}, "Option a has no text in Shqip"),
        ({"options": [Option("a", True, {"en": "Y"}), Option("b", True, {"en": "N"})]}, "exactly one option"),
        (
            {"kind": "multiple", "options": [Option("a", True, {"en": "Y"}), Option("b", True, {"en": "N"})]},
            "at least one that is not",
        ),
    ],
)
def test_a_refusal_names_what_is_missing(changes, words):
    with pytest.raises(questions.QuestionRefused, match=words):
        questions.add("M1-Q01", content(**changes), module_code="M1", by=None)

    assert Question.objects.count() == 0


def test_a_taken_code_is_refused():
    questions.add("M1-Q01", content(), module_code="M1", by=None)

    with pytest.raises(questions.QuestionRefused, match="M1-Q01 is taken"):
        questions.add("M1-Q01", content(), module_code="M1", by=None)


def test_versions_cannot_be_deleted():
    question = questions.add("M1-Q01", content(), module_code="M1", by=None)

    with pytest.raises(TypeError):
        question.versions.get().delete()
