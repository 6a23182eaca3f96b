"""What a person's own page shows, gathered from both rooms, and the one thing that needs the person now."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification import held, holdings, verification
from certification.held import Issued
from certification.holdings import LicenceView
from certification.models.register import STANDINGS
from certification.rules.standing import LicenceStanding
from certification.rules.validity import Standing
from courses import completions
from courses.completions import CompletionFacts
from courses.operations import assessing, attending, learning
from courses.operations.assessing import AssessmentStanding
from courses.operations.attending import UpcomingSession, WorkshopStanding
from courses.operations.learning import Running
from lms.kernel import clock
from lms.kernel.languages import localized

_LICENCE_ENDS_SOON = 90  # days before the last valid day; renewal opens then
_CERTIFICATE_ENDS_SOON = 90  # days; when its holder is written to for the first time
_SOON = timedelta(days=7)


# The kind of badge a certificate gets on its card.
_BADGES = {Standing.VALID: "valid", Standing.REVOKED: "not-valid"}


@dataclass(frozen=True)
class Attention:
    """The one thing that needs the person: a sentence and one step."""

    title: str
    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True)
class Course:
    """A running programme with everything one does in it."""

    running: Running
    assessments: tuple[AssessmentStanding, ...]
    workshop: WorkshopStanding | None
    missing: tuple[str, ...] = ()  # sentences: what is not met yet, and who can change that
    exemptions: tuple[str, ...] = ()  # sentences about waivers


@dataclass(frozen=True)
class Finished:
    """A completed programme whose certificate has not been issued yet."""

    title: str
    completed_on: date
    registration: UUID


@dataclass(frozen=True)
class CertificateCard:
    issued: Issued
    word: str
    badge: str


@dataclass(frozen=True)
class LicenceCard:
    licence: LicenceView
    word: str


@dataclass(frozen=True)
class MyPage:
    attention: Attention | None
    courses: tuple[Course, ...]
    upcoming: tuple[UpcomingSession, ...]
    finished: tuple[Finished, ...]
    certificates: tuple[CertificateCard, ...]
    licences: tuple[LicenceCard, ...]


def of(person) -> MyPage:
    """Everything for ``person``, in a constant number of queries."""
    today = clock.local_day()
    assessments = assessing.standing(person)
    workshops = {standing.enrolment_id: standing for standing in attending.workshop_standing(person)}
    running = learning.running(person)
    towards = {
        standing.enrolment_id: standing
        for standing in completions.standings_of([each.enrolment.registration for each in running])
    }
    courses = tuple(
        Course(
            running=each,
            assessments=tuple(one for one in assessments if one.enrolment.pk == each.enrolment.pk),
            workshop=workshops.get(each.enrolment.pk),
            missing=tuple(completions.explain_all(towards[each.enrolment.pk].missing)),
            exemptions=tuple(map(completions.explain_exemption, towards[each.enrolment.pk].exemptions)),
        )
        for each in running
    )
    upcoming = tuple(attending.upcoming(person, limit=4))
    certificates = tuple(held.certificates_of(person))
    issued_for = {certificate.registration for certificate in certificates}
    finished = tuple(
        _finished(facts) for facts in completions.of(person.pk) if str(facts.registration) not in issued_for
    )
    licences = tuple(holdings.licences_of(person, today))
    attention = (
        _open_attempt(assessments)
        or _licence(licences)
        or _certificate(certificates, today)
        or _missing_day(courses)
        or _soon(upcoming, today)
        or _go_on(courses)
    )
    return MyPage(
        attention,
        courses,
        upcoming,
        finished,
        tuple(
            CertificateCard(issued, verification.STANDINGS[issued.standing], _BADGES.get(issued.standing, "needs"))
            for issued in certificates
        ),
        tuple(LicenceCard(licence, STANDINGS[licence.standing]) for licence in licences),
    )


def _finished(facts: CompletionFacts) -> Finished:
    return Finished(localized(facts.titles), facts.completed_on, facts.registration)


def _open_attempt(assessments) -> Attention | None:
    for each in assessments:
        if each.state != "open":
            continue
        deadline = each.open_attempt.deadline_at
        return Attention(
            _("An assessment is open"),
            _("“%(title)s” is running until %(time)s. Your answers so far are kept.")
            % {"title": each.assessment.title, "time": date_format(clock.local(deadline), "DATETIME_FORMAT")}
            if deadline
            else _("“%(title)s” has been started. Your answers so far are kept.") % {"title": each.assessment.title},
            reverse(
                "courses:attempt",
                args=[each.enrolment.registration, each.assessment.code, each.open_attempt.number],
            ),
            _("Go on with it"),
        )
    return None


def _licence(licences) -> Attention | None:
    """The licence that ends soon or has ended, unless another one is in force for longer."""
    if not licences:
        return None
    licence = licences[0]  # those in force first, the longest one first
    words = {"number": licence.number, "date": date_format(licence.valid_to, "DATE_FORMAT") if licence.valid_to else ""}
    if licence.standing is LicenceStanding.EXPIRED:
        return Attention(
            _("Your licence has expired"),
            _("Licence %(number)s was valid until %(date)s. Ask the Council about renewing it.") % words,
        )
    if licence.standing is LicenceStanding.SUSPENDED:
        return Attention(
            _("Your licence is suspended"),
            _("Licence %(number)s is suspended. The Council can tell you why and what to do.") % words,
        )
    if licence.is_valid and licence.days_left is not None and licence.days_left <= _LICENCE_ENDS_SOON:
        return Attention(
            ngettext("%(days)d day left on your licence", "%(days)d days left on your licence", licence.days_left)
            % {"days": licence.days_left},
            _("Licence %(number)s is valid until %(date)s. Renewal is open: ask the Council for the form.") % words,
        )
    return None


def _certificate(certificates, today: date) -> Attention | None:
    """The newest certificate of a programme that ends soon; who has renewed it has a newer one."""
    newest: dict[str, Issued] = {}
    for each in certificates:  # newest first
        newest.setdefault(each.programme_code, each)
    for each in newest.values():
        if each.standing is not Standing.VALID or each.valid_until is None:
            continue
        days = (each.valid_until - today).days
        if days <= _CERTIFICATE_ENDS_SOON:
            return Attention(
                ngettext("%(days)d day left on a certificate", "%(days)d days left on a certificate", days)
                % {"days": days},
                _("“%(title)s” is valid until %(date)s. Take the programme again to renew it.")
                % {"title": each.title, "date": date_format(each.valid_until, "DATE_FORMAT")},
            )
    return None


def _missing_day(courses) -> Attention | None:
    for course in courses:
        for day in course.workshop.missing if course.workshop else ():
            if day.state == "pending":
                continue  # nobody has marked it yet; the trainer can, the person cannot
            if day.make_ups:
                make_up = day.make_ups[0]
                return Attention(
                    _("A training day is missing"),
                    _("“%(day)s” can be made up in %(place)s on %(date)s. Ask the organiser for a place.")
                    % {
                        "day": day.title,
                        "place": make_up.municipality,
                        "date": date_format(make_up.on, "DATE_FORMAT"),
                    },
                )
            return Attention(
                _("A training day is missing"),
                _("“%(day)s” is not covered yet, and no group has it ahead. The organiser will tell you of a new date.")
                % {"day": day.title},
            )
    return None


def _soon(upcoming, today: date) -> Attention | None:
    if not upcoming or upcoming[0].on > today + _SOON:
        return None
    session = upcoming[0]
    return Attention(
        _("Your next session is near"),
        _("“%(title)s” begins on %(date)s at %(time)s: %(venue)s, %(place)s.")
        % {
            "title": session.title,
            "date": date_format(session.on, "DATE_FORMAT"),
            "time": date_format(session.starts, "TIME_FORMAT"),
            "venue": session.venue,
            "place": session.municipality,
        },
    )


def _go_on(courses) -> Attention | None:
    for course in courses:
        if course.running.resume:
            lesson = course.running.resume
            return Attention(
                _("Go on where you left"),
                _("“%(lesson)s” in %(programme)s, about %(minutes)d minutes.")
                % {"lesson": lesson.title, "programme": course.running.title, "minutes": lesson.minutes},
                lesson.url,
                _("Read on"),
            )
        for each in course.assessments:
            if each.state == "due":
                return Attention(
                    _("An assessment is due"),
                    _("All lessons are done. “%(title)s” comes next.") % {"title": each.assessment.title},
                    reverse("courses:assessment", args=[each.enrolment.registration, each.assessment.code]),
                    _("Look at the rules"),
                )
    return None
