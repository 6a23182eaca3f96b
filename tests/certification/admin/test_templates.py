"""Templates in the office: composed with the page beside the form, approved by somebody else, looked at by others."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certification.models import TemplateVersion
from certification.operations import composing
from lms.kernel import clock
from lms.people import roles
from tests.certification.factories import SignatoryFactory, commission_member, officer
from tests.certification.formats.test_pictures import picture
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TEMPLATES = "/office/certificates/templates/"
PNG = b"\x89PNG\r\n\x1a\n"


def said(**changes) -> dict:
    return {"accent": "#7a1020", "ink": "#111111", "language": "sr", **changes}


@pytest.fixture
def author(client):
    user = officer("author@example.org")
    client.force_login(user)
    return user


@pytest.fixture
def draft(author):
    return composing.begin(by=author)


def test_an_officer_begins_composes_and_hands_over_a_version_that_another_approves(client, author):
    signatory = SignatoryFactory()
    begun = client.post(f"{TEMPLATES}begin/", {"programme": ""})
    handed = SimpleUploadedFile("signature.png", picture(size=(80, 30)))
    client.post(
        begun.url,
        said(note_sq="Ligji nr. 04/L-081", first_signatory=signatory.pk, first_signature=handed, act="ask"),
    )
    version = TemplateVersion.objects.get()
    own = client.post(
        f"{begun.url}decide/", {"answer": "approve", "from_on": clock.local_day().isoformat()}, follow=True
    )

    client.force_login(commission_member())
    client.post(f"{begun.url}decide/", {"answer": "approve", "from_on": clock.local_day().isoformat()})

    assert (version.state, version.texts, version.accent) == (
        "requested", {"note": {"sq": "Ligji nr. 04/L-081"}}, "#7a1020",
    )  # fmt: skip
    assert bytes(version.first_signature).startswith(PNG)
    assert "somebody else approves it" in own.content.decode()
    version.refresh_from_db()
    assert version.state == "approved"
    assert composing.in_use("", clock.local_day()).named["sha256"] == version.sha256


def test_the_page_is_shown_as_it_is_saved_and_as_it_is_typed(client, draft):
    address = f"{TEMPLATES}{draft.pk}/preview.png"

    saved = client.get(address, {"language": "sr"})
    typed = client.post(address, said(certificate_sr="Потврда"))
    pale = client.post(address, said(accent="#eeeeee"))
    pdf = client.get(address.replace(".png", ".pdf"), {"language": "en"})

    assert [each["Content-Type"] for each in (saved, typed)] == ["image/png", "image/png"]
    assert saved.content[:8] == typed.content[:8] == PNG
    assert saved.content != typed.content
    assert (pale.status_code, "too pale on white paper" in pale.content.decode()) == (422, True)
    assert pdf.content.startswith(b"%PDF-1.7")
    assert TemplateVersion.objects.get().accent == "#0a5468"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"accent": "red"}, "red is no colour"),
        ({"note_en": "Law 李"}, "The fonts of the certificate have no U+674E"),
        ({"logo": SimpleUploadedFile("logo.png", b"<svg onload='alert(1)'/>")}, "neither PNG nor JPEG"),
        ({"first_signature": SimpleUploadedFile("s.png", picture())}, "Say whose signature the picture shows"),
    ],
    ids=["colour", "letter", "SVG", "whose"],
)
def test_what_cannot_be_printed_is_refused_with_what_to_do(client, draft, changes, told):
    answer = client.post(f"{TEMPLATES}{draft.pk}/", said(**changes))

    assert told in answer.content.decode()
    assert TemplateVersion.objects.get().accent == "#0a5468"


def test_a_picture_stays_until_it_is_taken_away(client, draft):
    address = f"{TEMPLATES}{draft.pk}/"

    client.post(address, said(logo=SimpleUploadedFile("logo.png", picture())))
    client.post(address, said())
    kept = bytes(TemplateVersion.objects.get().logo)
    client.post(address, said(logo_away="on"))

    assert kept.startswith(PNG)
    assert bytes(TemplateVersion.objects.get().logo) == b""


def test_an_approved_version_is_shown_and_the_next_is_begun_from_it(client, author, draft):
    composing.change(draft, {"accent": "#7a1020"}, by=author)
    composing.approve(composing.ask(draft), from_on=clock.local_day(), by=commission_member())

    shown = client.get(f"{TEMPLATES}{draft.pk}/").content.decode()
    begun = client.post(f"{TEMPLATES}begin/", {"like": draft.pk})

    assert "Begin a new version from this one" in shown
    assert "data-compose" not in shown
    latest = TemplateVersion.objects.get(number=2)
    assert (begun.url, latest.state, latest.accent) == (f"{TEMPLATES}{latest.pk}/", "draft", "#7a1020")


def test_others_look_and_strangers_do_not(client, draft):
    answers = {}
    for role in (roles.INSPECTOR, roles.COURSE_AUTHOR, roles.COMMISSION_MEMBER):
        client.force_login(UserFactory(email=f"{role}@example.org", roles=[role]))
        page = client.get(f"{TEMPLATES}{draft.pk}/")
        began = client.post(f"{TEMPLATES}begin/", {"programme": ""})
        answers[role] = (page.status_code, began.status_code)
    # Wagtail sends whom it refuses back to the office's start.
    assert answers == {
        roles.INSPECTOR: (200, 302),
        roles.COURSE_AUTHOR: (302, 302),
        roles.COMMISSION_MEMBER: (200, 302),
    }
    assert TemplateVersion.objects.count() == 1


def test_the_list_asks_as_many_questions_for_three_versions_as_for_one(client, author):
    composing.begin(by=author)
    client.get(TEMPLATES)
    with CaptureQueriesContext(connection) as one:
        client.get(TEMPLATES)
    for _version in range(2):
        composing.begin(by=author)
    with CaptureQueriesContext(connection) as three:
        client.get(TEMPLATES)

    assert len(three) == len(one)
