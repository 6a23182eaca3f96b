"""Enrolling oneself, choosing or changing the group, withdrawing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from courses import offers as delivery
from courses.models import Completion, Edition, Enrolment, Group, ProgrammePage
from courses.operations import enrolling
from lms.people.models import Person


def programme_url(edition, request=None) -> str:
    """The page of the edition's programme in the reader's language; the front page where there is none any more."""
    pages = ProgrammePage.objects.live().filter(translation_key=edition.page_key)
    page = pages.filter(locale__language_code=translation.get_language()).first() or pages.first()
    return (page and page.get_url(request)) or f"/{translation.get_language()}/"


def _person(request) -> Person | None:
    return Person.objects.filter(user=request.user).first()


def _latest(code) -> Edition:
    edition = Edition.objects.filter(programme_code=code).order_by("-number").first()
    if edition is None:
        raise Http404
    return edition


@login_required
def enrol(request, code):
    """Choose a group, where there are training days, and enrol. GET shows the choice, POST enrols."""
    edition = _latest(code)
    offers = delivery.offers([code])
    person = _person(request)
    if request.method == "POST":
        if person is None:
            messages.error(request, _("Your account has no person yet. Fill in your name on your profile first."))
            return redirect(programme_url(edition, request))
        group = _chosen(request.POST["group"], offers) if request.POST.get("group") else None
        try:
            enrolment = _enrol(person, group.round.edition if group else edition, group, request.user)
        except enrolling.EnrolmentRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, _("You are enrolled in “%(programme)s”.") % {"programme": enrolment.edition.title}
            )
            return redirect(programme_url(enrolment.edition, request))
    running = (
        Enrolment.objects.active().filter(person=person, programme_code=code).select_related("completion").first()
        if person
        else None
    )
    return render(
        request,
        "courses/enrolment/choose.html",
        {
            "edition": edition,
            "offers": offers,
            "needs_group": edition.days.exists(),
            "running": running,
            "is_completed": running is not None and hasattr(running, "completion"),
            "trail": [{"title": edition.title, "url": programme_url(edition, request)}],
        },
        status=409 if request.method == "POST" else 200,
    )


def _enrol(person, edition, group, user) -> Enrolment:
    """Enrol, or register again after a completion."""
    completed = (
        Completion.objects.filter(
            enrolment__person=person,
            enrolment__programme_code=edition.programme_code,
            enrolment__ended_at__isnull=True,
        )
        .select_related("enrolment")
        .first()
    )
    source = Enrolment.Source.SELF
    if completed:
        return enrolling.enrol_again(completed.enrolment, edition, group=group, by=user, source=source)
    return enrolling.enrol(person, edition, group=group, by=user, source=source)


def _chosen(pk: str, offers) -> Group:
    """The group with this key if it is among ``offers``; any other does not exist for this person."""
    groups = Group.objects.filter(pk__in=[offer.group_id for offer in offers]).select_related("round__edition")
    return get_object_or_404(groups, pk=pk if pk.isdecimal() and pk.isascii() else 0)


def _own(request, registration) -> Enrolment:
    """The enrolment with this registration if it is the signed-in person's; anybody else's does not exist."""
    mine = Enrolment.objects.filter(person__user=request.user).select_related("edition", "group__round", "person")
    return get_object_or_404(mine, registration=registration)


@login_required
def withdraw(request, registration):
    """GET asks whether one is sure, POST withdraws."""
    enrolment = _own(request, registration)
    back = programme_url(enrolment.edition, request)
    if request.method == "POST":
        try:
            enrolling.withdraw(enrolment, by=request.user, reason=request.POST.get("reason", "").strip())
        except enrolling.EnrolmentRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request,
                _("You have withdrawn from “%(programme)s”. What you have done so far stays in your record.")
                % {"programme": enrolment.edition.title},
            )
        return redirect(back)
    return render(
        request,
        "courses/enrolment/withdraw.html",
        {"enrolment": enrolment, "back": back, "trail": [{"title": enrolment.edition.title, "url": back}]},
    )


@login_required
@require_POST
def move(request, registration):
    """Change to another group of the same edition."""
    enrolment = _own(request, registration)
    offers = delivery.offers(edition_ids=[enrolment.edition_id])
    group = _chosen(request.POST.get("group", ""), offers)
    try:
        enrolling.move(enrolment, group, by=request.user)
    except enrolling.EnrolmentRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("You are now in group %(group)s.") % {"group": group.code})
    return redirect(programme_url(enrolment.edition, request))
