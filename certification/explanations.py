"""Why somebody is not due a certificate, in one sentence each, with who can put it right."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from certification.operations.judging import Candidate
from courses import completions


def explain(candidate: Candidate, reader: str = completions.Who.COUNCIL) -> list[str]:
    """One sentence for every reason, in the active language."""
    gaps = {(gap.reason, gap.code): gap for gap in candidate.missing}
    sentences = []
    for reason in candidate.reasons:
        gap = gaps.get((reason.code, reason.detail))
        sentences.append(completions.explain(gap, reader) if gap else explain_reason(reason.code, reason.detail))
    return sentences


def explain_reason(code: str, detail: str) -> str:
    """The sentence for a reason of our own; ``code`` and ``detail`` as they are kept on a row."""
    sentences = {
        "already_issued": _("Already issued as %(detail)s."),
        "revoked_before": _(
            "Certificate %(detail)s for this training was revoked, which is final. The commission decides what follows."
        ),
        "no_licence": _(
            "This programme certifies only licence holders, and no licence is on record – the person can apply, "
            "an officer can enter it in the register."
        ),
        "licence_not_in_force_at_completion": _(
            "Licence %(detail)s was not in force on the day of completion – the commission decides."
        ),
        "licence_not_in_force_at_issue": _(
            "Licence %(detail)s is not in force today – the holder renews it, or the commission decides."
        ),
        "not_completed": _("The programme is not completed."),
        "missing_glyph": _(
            "The name or a title has a character that cannot be printed (%(detail)s) – an officer corrects it."
        ),
        "unprintable_character": _(
            "The name has an invisible or private character (%(detail)s) – an officer corrects it."
        ),
        "icelandic_eth": _("“%(detail)s” is written with the Icelandic Ð instead of Đ – an officer corrects it."),
        "mixed_scripts": _("“%(detail)s” mixes letters of two alphabets in one word – an officer corrects it."),
        "name_too_long": _(
            "The name has %(detail)s characters; at most 80 can be printed – an officer agrees a shorter form."
        ),
        "name_empty": _("The name has no letters – an officer corrects it."),
        "wrong_length": _(
            "The texts do not fit on one page (%(detail)s) – an author shortens the titles, then try it again."
        ),
        "not_expressible": _(
            "The credential cannot state it (%(detail)s) – tell the administrator, then try it again."
        ),
        "signatory_changed": _(
            "Somebody else signs today than on the day of approval – try the failed ones again to issue with today's."
        ),
        "no_longer_enrolled": _("The person is no longer enrolled in this round."),
    }
    return sentences.get(code, _("No longer due (%(code)s %(detail)s).")) % {"code": code, "detail": detail}


def explain_finding(finding: Mapping[str, str]) -> str:
    """The sentence for what a review case was opened for, as it is kept on the case."""
    if "text" in finding:
        return finding["text"]
    if "persons" in finding:
        return _("%(persons)s were merged. The names stay as printed; see whether both certificates are due.") % finding
    sentences = {
        "day": _("Training day %(code)s is no longer covered by the marks on record."),
        "module": _("Module %(code)s is no longer done."),
        "assessment": _("Assessment %(code)s is no longer passed, or the attempt that counted was voided."),
        "accreditation": _("The accreditation of %(code)s is stated as withdrawn in the newest edition."),
    }
    if finding["reason"] == "lost":
        lost = _("What completed %(kind)s %(code)s then no longer counts; something else may have taken its place.")
        return lost % finding
    return sentences.get(finding["kind"], _("%(kind)s %(code)s no longer holds.")) % finding
