"""The office's start page: what waits for this person's decision, each with its number and the way there."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext
from wagtail.admin.ui.components import Component

from certification.models import ActRequest, Certificate, IssueBatch, Licence, RegisterImport
from courses.models import AttendanceMark, Completion, Session, Waiver
from courses.operations import scheduling
from lms.kernel import clock
from lms.people import roles

_ENDS_SOON = 90  # days


@dataclass(frozen=True)
class Waiting:
    """Something that waits: how much of it, in words, and where it is dealt with."""

    count: int
    text: str
    url: str


def waiting_for(user) -> list[Waiting]:
    """What waits for ``user``, by roles; nothing that is at zero. A constant number of queries."""
    found = []
    if roles.has_role(user, roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER, roles.ADMINISTRATOR):
        found += [*_lists_to_approve(user), *_acts_to_decide(user)]
    if roles.has_role(user, roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER):
        found += _waivers_to_decide(user)
    if roles.has_role(user, roles.COUNCIL_OFFICER, roles.ADMINISTRATOR):
        found += [*_certificates_due(), *_register_files(), *_licences_ending()]
    if roles.has_role(user, roles.ORGANISER, roles.COUNCIL_OFFICER, roles.ADMINISTRATOR):
        found += [*_unmarked_sessions(), *_clashes()]
    return [each for each in found if each.count]


def _lists_to_approve(user):
    count = IssueBatch.objects.filter(state=IssueBatch.State.REQUESTED).exclude(requested_by=user).count()
    text = ngettext(
        "%(count)d list of certificates waits for your approval",
        "%(count)d lists of certificates wait for your approval",
        count,
    )
    yield Waiting(count, text % {"count": count}, reverse("issuing:start"))


def _acts_to_decide(user):
    asked = ActRequest.objects.filter(state=ActRequest.State.REQUESTED).exclude(requested_by=user)
    first, count = asked.order_by("requested_at").first(), asked.count()
    if first:
        text = ngettext(
            "%(count)d act on a certificate waits for a second person",
            "%(count)d acts on certificates wait for a second person",
            count,
        )
        alone = reverse("issuing:certificate", args=[first.certificate_id])
        yield Waiting(count, text % {"count": count}, alone if count == 1 else reverse("issuing:start") + "#decide")


def _waivers_to_decide(user):
    waiting = Waiver.objects.running().filter(granted_at__isnull=True)
    count = waiting.exclude(proposed_by=user).exclude(enrolment__person__user=user).count()
    text = ngettext("%(count)d waiver waits for your decision", "%(count)d waivers wait for your decision", count)
    yield Waiting(count, text % {"count": count}, reverse("waivers"))


def _certificates_due():
    has_one = Certificate.objects.filter(registration=OuterRef("enrolment__registration"))
    count = Completion.objects.filter(~Exists(has_one), enrolment__group__isnull=False).count()
    text = ngettext(
        "%(count)d person completed a workshop programme and has no certificate yet",
        "%(count)d people completed a workshop programme and have no certificate yet",
        count,
    )
    yield Waiting(count, text % {"count": count}, reverse("issuing:start"))


def _register_files():
    count = RegisterImport.objects.filter(state=RegisterImport.State.READY).count()
    text = ngettext(
        "%(count)d register file was read and waits to be written",
        "%(count)d register files were read and wait to be written",
        count,
    )
    yield Waiting(count, text % {"count": count}, reverse("register:files"))


def _licences_ending():
    count = Licence.objects.ending_within(_ENDS_SOON, clock.local_day()).count()
    text = ngettext("%(count)d licence ends within %(days)d days", "%(count)d licences end within %(days)d days", count)
    yield Waiting(count, text % {"count": count, "days": _ENDS_SOON}, reverse("register:list") + "?ending=on")


def _unmarked_sessions():
    marked = AttendanceMark.objects.filter(session=OuterRef("pk"))
    count = Session.objects.taking_place().filter(~Exists(marked), ends_at__lt=clock.now()).count()
    text = ngettext(
        "%(count)d session is over and nobody has been marked",
        "%(count)d sessions are over and nobody has been marked",
        count,
    )
    yield Waiting(count, text % {"count": count}, reverse("courses:teaching"))


def _clashes():
    count = len({clash.person_id for clash in scheduling.clashes_of()})
    text = ngettext(
        "%(count)d trainer is planned in two places at once",
        "%(count)d trainers are planned in two places at once",
        count,
    )
    yield Waiting(count, text % {"count": count}, reverse("courses:teaching"))


class WaitingPanel(Component):
    """The panel on the office's start page."""

    order = 10

    def __init__(self, user):
        self.user = user

    def render_html(self, parent_context=None):
        return render_to_string("office/waiting.html", {"waiting": waiting_for(self.user)})
