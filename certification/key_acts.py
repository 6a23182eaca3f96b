"""What an act upon a key will do, in sentences: told in the office and at the console before it is done."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification.models import KeyRequest, SigningKey
from certification.operations.turning_keys import Foreseen


def sentences(told: Foreseen) -> list[str]:
    """In the active language and in the order in which it happens."""
    return {
        KeyRequest.Kind.ACTIVATE: _activating,
        KeyRequest.Kind.RETIRE: _retiring,
        KeyRequest.Kind.COMPROMISE: _losing,
    }[KeyRequest.Kind(told.kind)](told)


def _activating(told: Foreseen) -> list[str]:
    names = {"key": told.key.kid, "purpose": told.key.get_purpose_display()}
    found = [_("The key %(key)s signs for %(purpose)s from that moment on.") % names]
    if told.takes_over is not None:
        found.append(
            _("The key %(key)s is retired: it signs nothing more and stays published.") % {"key": told.takes_over.kid}
        )
        if told.certificates:
            found.append(
                ngettext(
                    "%(count)s certificate was signed with it. It stays valid, and verification goes on as before.",
                    "%(count)s certificates were signed with it. They stay valid, and verification goes on as before.",
                    told.certificates,
                )
                % {"count": told.certificates}
            )
    found += _lists(told)
    found.append(_("Both changes are entered in the log and told in the next kit."))
    return found


def _retiring(told: Foreseen) -> list[str]:
    return [
        _("The key %(key)s will never sign; it stays published, so that nobody wonders about it.")
        % {"key": told.key.kid},
        _("The change is entered in the log."),
    ]


def _losing(told: Foreseen) -> list[str]:
    key = told.key
    found = [
        _(
            "The key %(key)s is taken out of the published keys at once. Whoever verifies no longer believes it by itself."
        )
        % {"key": key.kid}
    ]
    if key.state == SigningKey.State.ACTIVE:
        found.append(
            _("The key %(key)s, which is published already, takes its place in the same step.")
            % {"key": told.takes_over.kid}
            if told.takes_over
            else _("No other key for %(purpose)s is published: signing stops until one is put to use.")
            % {"purpose": key.get_purpose_display()}
        )
    if key.purpose == SigningKey.Purpose.CREDENTIAL:
        found.append(
            ngettext(
                "%(count)s certificate stood in the log before its entry %(size)s and stays valid; it is proved anew with the new key, with the same dates.",
                "%(count)s certificates stood in the log before its entry %(size)s and stay valid; they are proved anew with the new key, with the same dates.",
                told.renewed,
            )
            % {"count": told.renewed, "size": told.tree_size}
        )
        found.append(
            ngettext(
                "%(count)s certificate was entered after that. Verification no longer calls it genuine by its signature; it is listed for review.",
                "%(count)s certificates were entered after that. Verification no longer calls them genuine by their signature; they are listed for review.",
                told.doubtful,
            )
            % {"count": told.doubtful}
            if told.doubtful
            else _("No certificate was entered after that.")
        )
    found += _lists(told)
    found.append(_("The change is entered in the log and told in the next kit. It cannot be taken back."))
    return found


def _lists(told: Foreseen) -> list[str]:
    if not told.lists:
        return []
    return [
        ngettext(
            "%(count)s status list is signed anew with the new key.",
            "%(count)s status lists are signed anew with the new key.",
            told.lists,
        )
        % {"count": told.lists}
    ]
