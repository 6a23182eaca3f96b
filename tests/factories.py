"""Real rows for tests: plain factories that write down the least a row needs. A test names the values it cares about."""

from datetime import time, timedelta
from uuid import uuid4

import factory
from django.contrib.auth.models import Group as RoleGroup
from factory.django import DjangoModelFactory

from courses.models import (
    Edition,
    EditionAssessment,
    EditionDay,
    EditionLesson,
    EditionModule,
    Enrolment,
    EnrolmentEvent,
    Group,
    GroupTrainer,
    Question,
    QuestionVersion,
    Round,
    Session,
    Venue,
)
from lms.kernel import clock
from lms.kernel.search_names import search_key
from lms.people.models import Municipality, Person, User

PASSWORD = "a long password for tests"  # of every user made here


def in_languages(text: str) -> dict[str, str]:
    """``text`` as a multilingual value in the two languages of the content."""
    return {"sq": f"{text} (sq)", "en": text}


# --- People ----------------------------------------------------------------------------------------


class UserFactory(DjangoModelFactory):
    """A user who can sign in with ``PASSWORD``. ``roles=[roles.ORGANISER]`` gives roles."""

    email = factory.Sequence(lambda n: f"user{n}@example.org")
    name = factory.Sequence(lambda n: f"User {n}")
    language = "en"
    password = PASSWORD
    roles = ()

    class Meta:
        model = User

    @classmethod
    def _create(cls, model_class, *args, roles=(), **fields):
        user = model_class.objects.create_user(*args, **fields)
        for role in roles:
            user.groups.add(RoleGroup.objects.get_or_create(name=role)[0])
        return user


class MunicipalityFactory(DjangoModelFactory):
    key = factory.Sequence(lambda n: f"XK-T{n}")
    country = "XK"
    code = factory.Sequence(lambda n: f"T{n}")
    names = factory.LazyAttribute(lambda row: {"sq": f"Komuna {row.code}", "en": f"Town {row.code}"})
    search_key = factory.LazyAttribute(lambda row: search_key(*row.names.values()))

    class Meta:
        model = Municipality


class PersonFactory(DjangoModelFactory):
    """A person without an account. ``user=UserFactory()`` gives one."""

    given_name = factory.Sequence(lambda n: f"Arta{n}")
    surname = factory.Sequence(lambda n: f"Gashi{n}")
    language = "sq"

    class Meta:
        model = Person


# --- What was published ----------------------------------------------------------------------------


class QuestionVersionFactory(DjangoModelFactory):
    """A single-choice question: ``a`` is right, ``b`` and ``c`` are wrong."""

    question = factory.LazyAttribute(lambda row: Question.objects.create(code=row.code, module_code=row.module_code))
    number = 1
    kind = "single"
    stems = factory.LazyAttribute(lambda row: in_languages(f"What is right about {row.code}?"))
    options = factory.LazyFunction(
        lambda: [{"key": key, "correct": key == "a", "texts": in_languages(f"Option {key}")} for key in ("a", "b", "c")]
    )
    rationales = factory.LazyFunction(lambda: in_languages("Because a is right."))

    class Meta:
        model = QuestionVersion

    class Params:
        code = factory.Sequence(lambda n: f"Q{n:04d}")
        module_code = "M1"


class EditionFactory(DjangoModelFactory):
    """A frozen edition with ``days`` training days D1…Dn, ``modules`` M1…Mn of ``lessons`` lessons each, and
    ``assessments`` A1…An that draw 2 of ``questions`` questions. Unless given, the rule asks for all of them.
    ``accredited={"M1": {…}}`` states accreditations of modules, which the rule then asks for as well.
    """

    programme_code = factory.Sequence(lambda n: f"P{n}")
    number = 1
    page_key = factory.LazyFunction(uuid4)
    published_at = factory.LazyFunction(clock.now)
    titles = factory.LazyAttribute(lambda row: in_languages(f"Programme {row.programme_code}"))
    summaries = factory.LazyFunction(lambda: in_languages("What it is."))
    outcomes = factory.LazyFunction(lambda: [in_languages("Do it well")])
    hours = factory.LazyAttribute(lambda row: 6 * row.days + row.modules)
    mode = factory.LazyAttribute(
        lambda row: ("mixed" if row.modules else "workshop") if row.days else "online",
    )
    languages = factory.LazyFunction(lambda: ["sq"])
    audiences = factory.LazyFunction(lambda: ["licensed_social_worker"])
    is_open = True
    accreditation = factory.LazyFunction(lambda: {"status": "none", "body": "", "number": "", "from": None, "to": None})
    facts_sha256 = factory.LazyFunction(lambda: uuid4().hex * 2)
    rule = None
    days = 6
    modules = 0
    lessons = 2
    assessments = 0
    questions = 4
    accredited = None

    class Meta:
        model = Edition

    @classmethod
    def _create(cls, model_class, *args, days, modules, lessons, assessments, questions, accredited, **fields):
        day_codes = [f"D{n}" for n in range(1, days + 1)]
        module_codes = [f"M{n}" for n in range(1, modules + 1)]
        assessment_codes = [f"A{n}" for n in range(1, assessments + 1)]
        if fields["rule"] is None:
            fields["rule"] = {"days": day_codes, "modules": module_codes, "assessments": assessment_codes}
            if accredited:
                fields["rule"]["accreditation"] = list(accredited)
        edition = super()._create(model_class, *args, **fields)
        for position, code in enumerate(day_codes, 1):
            EditionDay.objects.create(
                edition=edition,
                code=code,
                workshop=f"W{(position + 1) // 2}",
                position=position,
                titles=in_languages(f"Day {code}"),
                hours=6,
            )
        for position, code in enumerate(module_codes, 1):
            module = EditionModule.objects.create(
                edition=edition,
                code=code,
                page_key=uuid4(),
                position=position,
                titles=in_languages(f"Module {code}"),
                hours=1,
                accreditation=(accredited or {}).get(code, {}),
            )
            for number in range(1, lessons + 1):
                EditionLesson.objects.create(
                    module=module,
                    code=f"{code}-L{number}",
                    page_key=uuid4(),
                    position=number,
                    titles=in_languages(f"Lesson {code}-L{number}"),
                    minutes=20,
                )
        for position, code in enumerate(assessment_codes, 1):
            versions = [QuestionVersionFactory(module_code=f"M{position}") for _number in range(questions)]
            EditionAssessment.objects.create(
                edition=edition,
                code=code,
                module_code=f"M{position}",
                position=position,
                titles=in_languages(f"Assessment {code}"),
                questions_per_attempt=2,
                pass_mark=70,
                attempts_allowed=3,
                minutes=20,
                pool=[version.pk for version in versions],
            )
        return edition


# --- Delivery --------------------------------------------------------------------------------------


class VenueFactory(DjangoModelFactory):
    name = factory.Sequence(lambda n: f"Hall {n}")
    municipality = factory.SubFactory(MunicipalityFactory)

    class Meta:
        model = Venue


class RoundFactory(DjangoModelFactory):
    code = factory.Sequence(lambda n: f"R-2026-{n}")
    edition = factory.SubFactory(EditionFactory)

    class Meta:
        model = Round


class GroupFactory(DjangoModelFactory):
    round = factory.SubFactory(RoundFactory)
    code = factory.Sequence(lambda n: f"G{n}")
    municipality = factory.SubFactory(MunicipalityFactory)
    capacity = 45

    class Meta:
        model = Group


class GroupTrainerFactory(DjangoModelFactory):
    group = factory.SubFactory(GroupFactory)
    person = factory.SubFactory(PersonFactory)

    class Meta:
        model = GroupTrainer


class SessionFactory(DjangoModelFactory):
    """The morning (09–12) or, with ``half="PM"``, the afternoon (13–16) of the edition's first day, held today."""

    group = factory.SubFactory(GroupFactory)
    day = factory.LazyAttribute(lambda row: row.group.round.edition.days.first())
    half = "AM"
    venue = factory.SubFactory(VenueFactory)
    on = factory.LazyFunction(clock.local_day)
    starts = factory.LazyAttribute(lambda row: time(9) if row.half == "AM" else time(13))
    ends = factory.LazyAttribute(lambda row: time(12) if row.half == "AM" else time(16))

    class Meta:
        model = Session


def sessions_of(group, first_on=None):
    """Both halves of every training day of ``group``, one day after the other from ``first_on`` (default: today)."""
    first_on = first_on or clock.local_day()
    venue = VenueFactory(municipality=group.municipality)
    return [
        SessionFactory(group=group, day=day, half=half, venue=venue, on=first_on + timedelta(days=number))
        for number, day in enumerate(group.round.edition.days.all())
        for half in ("AM", "PM")
    ]


class EnrolmentFactory(DjangoModelFactory):
    """An active enrolment with its first event. With ``group`` the edition is the group's."""

    person = factory.SubFactory(PersonFactory)
    group = None
    edition = factory.LazyAttribute(lambda row: row.group.round.edition if row.group else EditionFactory())
    source = "organiser"
    enrolled_at = factory.LazyFunction(clock.now)

    class Meta:
        model = Enrolment
        skip_postgeneration_save = True

    @factory.post_generation
    def event(self, create, extracted, **kwargs):
        EnrolmentEvent.objects.create(enrolment=self, kind="enrolled", group=self.group, at=self.enrolled_at)
