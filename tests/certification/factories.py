"""Real rows of the certification room: who issues and signs, licences, and rounds whose people have completed."""

import io
import re
from datetime import date, timedelta

import factory
import pypdfium2
import zxingcpp
from factory.django import DjangoModelFactory
from PIL import Image, ImageFilter

from certification.models import IssuingBody, Licence, Signatory
from certification.operations import issuing, registering
from courses.models import AttendanceMark
from courses.operations import completing
from lms.kernel import clock
from lms.people import roles
from tests.factories import EditionFactory, EnrolmentFactory, GroupFactory, PersonFactory, UserFactory, sessions_of


class IssuingBodyFactory(DjangoModelFactory):
    code = "COUNCIL"
    names = factory.LazyFunction(
        lambda: {
            "sq": "Këshilli i Përgjithshëm për Shërbime Sociale dhe Familjare",
            "sr": "Општи савет за социјалне и породичне услуге",
            "en": "General Council for Social and Family Services",
        }
    )

    class Meta:
        model = IssuingBody
        django_get_or_create = ("code",)


class SignatoryFactory(DjangoModelFactory):
    body = factory.SubFactory(IssuingBodyFactory)
    name = "Drita Llugaxhiu"
    posts = factory.LazyFunction(lambda: {"sq": "Kryetare e Këshillit", "en": "Chair of the Council"})
    from_on = date(2020, 1, 1)

    class Meta:
        model = Signatory


def licence_for(person, number="L-1", **terms) -> Licence:
    """A licence in force for years, unless ``terms`` say otherwise."""
    fields = {"valid_from": date(2020, 1, 1), "valid_to": date(2099, 12, 31)} | terms
    return registering.grant(person, number=number, body=IssuingBodyFactory(), by=None, **fields)


def present(enrolment, sessions) -> None:
    """Marks of presence for ``enrolment`` in ``sessions``, as a roll call writes them."""
    AttendanceMark.objects.bulk_create(
        AttendanceMark(
            session=session,
            enrolment=enrolment,
            value="present",
            source="roll_call",
            policy_version="1",
            recorded_at=clock.now(),
        )
        for session in sessions
    )


def group_with(*persons, days=1, edition=None, absent=(), code="G1", **edition_fields):
    """A group whose ``persons`` were present on every day of last week and completed; ``absent`` ones were not there."""
    edition = edition or EditionFactory(days=days, **edition_fields)
    group = GroupFactory(round__edition=edition, code=code)
    sessions = sessions_of(group, clock.local_day() - timedelta(days=days + 7))
    enrolments = [EnrolmentFactory(person=person, group=group) for person in (*persons, *absent)]
    for enrolment in enrolments[: len(persons)]:
        present(enrolment, sessions)
    completing.consider_many([enrolment.pk for enrolment in enrolments])
    return group


def completed_group(count=3, **fields):
    return group_with(*(PersonFactory() for _number in range(count)), **fields)


def officer(email="officer@example.org"):
    return UserFactory(email=email, roles=[roles.COUNCIL_OFFICER])


def commission_member(email="member@example.org"):
    return UserFactory(email=email, roles=[roles.COMMISSION_MEMBER])


def issued_batch(group, *, by=None, approver=None):
    """Everything due in the round of ``group``, requested, approved and issued at once."""
    if not Signatory.objects.exists():
        SignatoryFactory()
    batch = issuing.request(group.round.code, by=by or officer())
    approved = issuing.approve(batch, by=approver or commission_member(), through_queue=False)
    issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))
    return approved.batch


def issued_certificate(person=None, **fields):
    """One certificate, issued along the whole road."""
    group = group_with(person or PersonFactory(), **fields)
    return issued_batch(group).certificates.get()


def code_on_paper(certificate) -> str:
    """The access code, read from the page of the document: nowhere else is it kept."""
    text = pypdfium2.PdfDocument(bytes(certificate.document.content))[0].get_textpage().get_text_bounded()
    return re.search(r"\b([0-9A-Z]{5}-[0-9A-Z]{5})\b", text)[1]


def scanned_code(content: bytes, *, turned_by: float = 7, dpi: int = 150) -> str:
    """What the square code on the page says, read from a scan that is askew, out of focus and badly packed."""
    page = pypdfium2.PdfDocument(content)[0].render(scale=dpi / 72).to_pil().convert("L")
    packed = io.BytesIO()
    askew = page.rotate(turned_by, Image.Resampling.BICUBIC, expand=True, fillcolor=250)
    askew.filter(ImageFilter.GaussianBlur(0.8)).save(packed, "JPEG", quality=60)
    return zxingcpp.read_barcodes(Image.open(packed))[0].text
