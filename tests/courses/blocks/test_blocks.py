"""Blocks show what authors wrote, safely, and work without JavaScript."""

from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from wagtail.images.models import Image
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Collection

from courses.blocks.lesson import LessonBlock
from courses.blocks.weight import weight_of

lesson = LessonBlock()


def rendered(kind, value):
    return lesson.to_python([{"type": kind, "value": value}])[0].render()


def test_text_loses_everything_that_runs():
    html = rendered("text", '<p onclick="x()">Hi <script>alert(1)</script><a href="javascript:x">link</a></p>')

    assert "<script" not in html
    assert "onclick" not in html
    assert "javascript:" not in html
    assert "<p>Hi" in html


def test_a_table_names_its_columns_for_a_phone_and_its_rows_for_a_reader():
    html = rendered("table", {"caption": "Steps", "header": ["Step", "Ask"], "rows": [["1", "Who?"]]})

    assert "<caption>Steps</caption>" in html
    assert '<th scope="col">Ask</th>' in html
    assert '<th scope="row">1</th>' in html
    assert '<td data-label="Ask">Who?</td>' in html


def test_a_short_row_is_shown_but_not_saved():
    value = {"caption": "Steps", "header": ["Step", "Ask"], "rows": [["1"]]}

    assert '<td data-label="Ask"></td>' in rendered("table", value)
    with pytest.raises(ValidationError):
        lesson.child_blocks["table"].clean(lesson.child_blocks["table"].to_python(value))


def test_a_knowledge_check_holds_its_answer_without_javascript():
    html = rendered(
        "knowledge_check",
        {
            "question": "Right?",
            "multiple": False,
            "options": [{"text": "Yes", "correct": True}, {"text": "No", "correct": False}],
            "feedback": "Because.",
        },
    )

    answer = html.split("<details")[1]
    assert "Yes" in answer
    assert "No<" not in answer
    assert "Because." in answer
    assert html.count('type="radio"') == 2


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("callout", {"kind": "law", "title": "Article 5", "text": "<p>Text</p>"}, "callout--law"),
        ("case", {"title": "T", "story": "<p>S</p>", "question": "Q?", "hint": "<p>H</p>"}, "<details"),
        ("case", {"title": "T", "story": "<p>S</p>", "question": "Q?", "hint": ""}, "Q?"),
        ("definitions", {"items": [{"term": "Term", "definition": "Meaning"}]}, "<dt>Term</dt>"),
        ("checklist", {"title": "List", "items": ["One"]}, 'type="checkbox"'),
    ],
)
def test_each_block_has_its_template(kind, value, expected):
    assert expected in rendered(kind, value)


@pytest.mark.django_db
def test_a_picture_comes_in_several_sizes_with_its_words_and_its_weight():
    if not Collection.objects.exists():
        Collection.add_root(name="Root")
    image = Image.objects.create(title="Photo", file=get_test_image_file(size=(1600, 900)))
    body = lesson.to_python([{"type": "image", "value": {"image": image.pk, "alt": "A table", "caption": "In Peja"}}])

    html = body[0].render()

    assert 'alt="A table"' in html
    assert 'loading="lazy"' in html
    assert "400w" in html
    assert "1200w" in html
    assert 'width="' in html
    assert weight_of(body) > 0


def test_a_video_waits_for_the_reader_and_has_captions():
    video = SimpleNamespace(url="/documents/1/a.mp4", file_size=2_000_000, content_type="video/mp4")
    captions = SimpleNamespace(url="/documents/2/a.vtt")
    block = lesson.child_blocks["video"]

    html = block.render({"video": video, "captions": captions, "title": "Visit", "transcript": "Words"})

    assert 'preload="none"' in html
    assert 'kind="captions"' in html
    assert "Words" in html
