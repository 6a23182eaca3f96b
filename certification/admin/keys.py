"""Keys in the office: what there is and under it, and the acts upon a key, asked for by one and decided by another."""

import hashlib

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from certification import key_acts, signing
from certification.admin.access import for_roles
from certification.formats import did
from certification.models import KeyRequest, SigningKey
from certification.operations import renewing_proofs, turning_keys
from lms.kernel import clock
from lms.people import roles

# Whoever may see a key may also ask and decide: officers, and administrators, who stand at the machine.
KEEPERS_OF_KEYS = (roles.COUNCIL_OFFICER, roles.ADMINISTRATOR)
PER_PAGE = 50
ACTS = {
    KeyRequest.Kind.ACTIVATE: gettext_lazy("Put to use"),
    KeyRequest.Kind.RETIRE: gettext_lazy("Withdraw"),
    KeyRequest.Kind.COMPROMISE: gettext_lazy("Declare compromised"),
}
_POSSIBLE = {
    SigningKey.State.PENDING: (KeyRequest.Kind.ACTIVATE, KeyRequest.Kind.RETIRE, KeyRequest.Kind.COMPROMISE),
    SigningKey.State.ACTIVE: (KeyRequest.Kind.COMPROMISE,),
    SigningKey.State.RETIRED: (KeyRequest.Kind.COMPROMISE,),
    SigningKey.State.COMPROMISED: (),
}
_ORDER = {
    SigningKey.State.ACTIVE: 0,
    SigningKey.State.PENDING: 1,
    SigningKey.State.RETIRED: 2,
    SigningKey.State.COMPROMISED: 3,
}


def trail(*steps):
    return [
        {"url": reverse("wagtailadmin_home"), "label": _("Home")},
        {"url": reverse("keys:list"), "label": _("Keys")},
        *({"url": url, "label": label} for url, label in steps),
    ]


@require_safe
@for_roles(*KEEPERS_OF_KEYS)
def key_list(request):
    """Every key by purpose, with what waits for a decision and what stands in the way of signing."""
    keys = list(SigningKey.objects.all())
    counts, now = turning_keys.counts(keys), clock.now()
    waiting = {asked.key_id: asked for asked in KeyRequest.objects.filter(state="requested").select_related("key")}
    for key in keys:
        key.count, key.open = counts[key.pk], waiting.get(key.pk)
        key.due = turning_keys.next_due(key)
        key.is_due = key.due is not None and key.due < now
        key.since = key.compromised_at or key.retired_at or key.active_from or key.published_at
    purposes = [
        {
            "value": value,
            "label": label,
            "has_certificates": value in (SigningKey.Purpose.CREDENTIAL, SigningKey.Purpose.SEAL),
            "keys": sorted((key for key in keys if key.purpose == value), key=lambda key: _ORDER[key.state]),
            "may_create": value in signing.PURPOSES
            and not any(key.purpose == value and key.state == SigningKey.State.PENDING for key in keys),
        }
        for value, label in SigningKey.Purpose.choices
    ]
    return render(
        request,
        "certification/keys/list.html",
        {
            "breadcrumbs_items": trail(),
            "header_title": _("Keys"),
            "header_icon": "key",
            "purposes": [each for each in purposes if each["keys"] or each["may_create"]],
            "waiting": list(waiting.values()),
            "acts": ACTS,
            "trouble": signing.trouble(),
            "stamps_failed": signing.time_stamps_failed(),
            "to_renew": renewing_proofs.waiting(),
        },
    )


@require_safe
@for_roles(*KEEPERS_OF_KEYS)
def key(request, kid: str):
    """One key: its public half, its life, what may be done, and whose certificates are doubtful."""
    found = get_object_or_404(SigningKey, kid=kid)
    is_lost = found.state == SigningKey.State.COMPROMISED and found.purpose == SigningKey.Purpose.CREDENTIAL
    is_ed25519 = found.purpose != SigningKey.Purpose.SEAL
    return render(
        request,
        "certification/keys/key.html",
        {
            "breadcrumbs_items": trail((request.path, found.kid)),
            "header_title": found.kid,
            "header_icon": "key",
            "key": found,
            "public": did.multikey(bytes(found.public)) if is_ed25519 else "",
            "fingerprint": hashlib.sha256(bytes(found.public)).hexdigest(),
            "count": turning_keys.signed_with(found),
            "due": turning_keys.next_due(found),
            "open": found.requests.filter(state="requested").first(),
            "requests": found.requests.exclude(state="requested").select_related("requested_by", "decided_by"),
            "acts": [(kind, ACTS[kind]) for kind in _POSSIBLE[SigningKey.State(found.state)]],
            "doubtful": Paginator(turning_keys.doubtful(found).order_by("serial"), PER_PAGE).get_page(
                request.GET.get("page")
            )
            if is_lost
            else None,
        },
    )


@require_POST
@for_roles(*KEEPERS_OF_KEYS)
def publish(request):
    """A new key, or one that was laid into the signer's folder. It signs nothing yet, so that one person may."""
    try:
        made = turning_keys.publish(
            request.POST.get("purpose", ""), request.POST.get("key", "").strip(), by=request.user
        )
    except (turning_keys.KeyActRefused, signing.CannotSign) as error:
        messages.error(request, str(error))
    else:
        ready = clock.local(made.published_at + turning_keys.PUBLISHED_BEFORE)
        messages.success(
            request,
            _("The key %(key)s is published. It can be put to use from %(day)s.")
            % {"key": made.kid, "day": f"{ready:%d.%m.%Y %H:%M}"},
        )
    return redirect("keys:list")


@for_roles(*KEEPERS_OF_KEYS)
def act(request, kid: str, kind: str):
    """What the act will do, and then the asking for it."""
    found = get_object_or_404(SigningKey, kid=kid)
    if kind not in _POSSIBLE[SigningKey.State(found.state)]:
        messages.error(request, _("That is not possible with this key as it stands."))
        return redirect("keys:key", kid)
    asked_size, problem = (request.POST or request.GET).get("tree_size", "").strip(), ""
    if asked_size and not asked_size.isdigit():
        problem = _("%(size)s is no number of entries; write digits only.") % {"size": asked_size[:40]}
    size = int(asked_size) if asked_size.isdigit() and len(asked_size) < 16 else None
    told = turning_keys.foreseen(found, kind, size)
    if request.method == "POST" and not problem:
        try:
            turning_keys.request(found, kind, by=request.user, note=request.POST.get("note", ""), tree_size=size)
        except turning_keys.KeyActRefused as error:
            problem = str(error)
        else:
            messages.success(request, _("Asked for. Another officer or an administrator decides."))
            return redirect("keys:key", kid)
    return render(
        request,
        "certification/keys/act.html",
        {
            "breadcrumbs_items": trail((reverse("keys:key", args=[kid]), kid), (request.path, ACTS[kind])),
            "header_title": f"{ACTS[kind]}: {kid}",
            "header_icon": "key",
            "key": found,
            "kind": kind,
            "label": ACTS[kind],
            "sentences": key_acts.sentences(told),
            "problem": problem or told.refused,
            "is_possible": not told.refused,
            "size": asked_size,
            "is_final": kind == KeyRequest.Kind.COMPROMISE,
            "asks_size": kind == KeyRequest.Kind.COMPROMISE and found.purpose == SigningKey.Purpose.CREDENTIAL,
        },
    )


@for_roles(*KEEPERS_OF_KEYS)
def decide(request, request_id: int):
    """What was asked for will do this; approve it or send it back."""
    asked = get_object_or_404(KeyRequest.objects.select_related("key", "requested_by"), pk=request_id)
    if request.method == "POST":
        try:
            if request.POST.get("answer") != "approve":
                turning_keys.reject(asked, by=request.user)
                messages.success(request, _("Sent back; the key stays as it is."))
            elif request.POST.get("key", "").strip() != asked.key.kid:
                messages.error(
                    request, _("Nothing was done: to approve, type the key's name, %(key)s.") % {"key": asked.key.kid}
                )
                return redirect("keys:decide", request_id)
            else:
                turning_keys.approve(asked, by=request.user)
                messages.success(request, _("Done; it is entered in the log."))
        except (turning_keys.KeyActRefused, signing.CannotSign) as error:
            messages.error(request, str(error))
        return redirect("keys:key", asked.key.kid)
    told = turning_keys.foreseen(asked.key, asked.kind, asked.tree_size)
    return render(
        request,
        "certification/keys/decide.html",
        {
            "breadcrumbs_items": trail(
                (reverse("keys:key", args=[asked.key.kid]), asked.key.kid), (request.path, ACTS[asked.kind])
            ),
            "header_title": f"{ACTS[asked.kind]}: {asked.key.kid}",
            "header_icon": "key",
            "asked": asked,
            "label": ACTS[asked.kind],
            "sentences": key_acts.sentences(told),
            "problem": told.refused,
            "is_own": asked.requested_by_id == request.user.pk,
            "is_open": asked.state == KeyRequest.State.REQUESTED,
            "is_final": asked.kind == KeyRequest.Kind.COMPROMISE,
        },
    )
