"""Eligibility: who is due a certificate, and every reason why somebody is not (yet)."""

import unicodedata
from dataclasses import dataclass
from datetime import date

NAME_LIMIT = 80


@dataclass(frozen=True)
class Reason:
    """Why not: a stable ``code``, the ``detail`` it is about, and ``who`` can put it right (a word, never a person)."""

    code: str
    detail: str = ""
    who: str = "officer"


@dataclass(frozen=True)
class LicenceOnDays:
    """A licence as the rule needs it: its number, and whether it was in force on the two days that matter."""

    number: str
    in_force_at_completion: bool
    in_force_at_issue: bool


@dataclass(frozen=True)
class Case:
    """All that is asked about one enrolled person."""

    completed_on: date | None
    missing: tuple[Reason, ...]  # what the completion rule still wants, already in our terms
    licence_must_be_in_force: bool
    licence: LicenceOnDays | None
    live_certificate: str = ""  # serial of the certificate this registration already has
    revoked_certificate: str = ""  # serial of one that was revoked and not replaced
    name_problems: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """``eligible``: a certificate is due. ``ready``: it is due and still to be issued."""

    eligible: bool
    reasons: tuple[Reason, ...]

    @property
    def ready(self) -> bool:
        return self.eligible and not self.reasons


def judge(case: Case) -> Verdict:
    """Is the person due a certificate? Every reason against it is named, not only the first.

    Who already has it stays eligible, with that as the one reason not to issue again. After a revocation nothing is
    issued anew by itself: that is for a decision.

    Where the edition says that the certificate needs a licence in force, it must be in force both on the day the
    last criterion was met and on the day of issue; elsewhere a lapsed or absent licence is only noted on the document.
    """
    reasons: list[Reason] = []
    if case.revoked_certificate:
        reasons.append(Reason("revoked_before", case.revoked_certificate, who="commission"))
    # A recorded completion whose evidence was changed afterwards has both: it is not due until that is settled.
    reasons.extend(case.missing)
    if case.completed_on is None and not case.missing:
        reasons.append(Reason("not_completed", who="trainer"))
    if case.licence_must_be_in_force:
        if case.licence is None:
            reasons.append(Reason("no_licence", who="person"))
        else:
            if case.completed_on is not None and not case.licence.in_force_at_completion:
                reasons.append(Reason("licence_not_in_force_at_completion", case.licence.number, who="commission"))
            if not case.licence.in_force_at_issue:
                reasons.append(Reason("licence_not_in_force_at_issue", case.licence.number, who="person"))
    reasons.extend(case.name_problems)
    eligible = not reasons
    if case.live_certificate:
        reasons.append(Reason("already_issued", case.live_certificate, who="nobody"))
    return Verdict(eligible, tuple(reasons))


# Reasons that lie in how a name is written: somebody corrects it, and nothing else changes.
OF_THE_NAME = frozenset(
    {"unprintable_character", "icelandic_eth", "mixed_scripts", "name_too_long", "name_empty", "missing_glyph"}
)


def name_problems(name: str) -> tuple[Reason, ...]:
    """What keeps ``name`` from being printed, whatever the fonts: control and private-use characters, an Icelandic
    Ð typed for Đ, letters of two scripts within one word (they look alike), more than eighty characters, or no letters at all.

    >>> name_problems("Ðorđe")[0].code, name_problems("Петpовић")[0].code, name_problems("Љубиша Džambić")
    ('icelandic_eth', 'mixed_scripts', ())
    """
    found = [
        Reason("unprintable_character", f"U+{ord(letter):04X}")
        for letter in dict.fromkeys(name)
        if unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
    ]
    if any(letter in name for letter in "Ðð"):
        found.append(Reason("icelandic_eth", name))
    found.extend(Reason("mixed_scripts", word) for word in name.replace("-", " ").split() if len(_scripts(word)) > 1)
    if len(name) > NAME_LIMIT:
        found.append(Reason("name_too_long", f"{len(name)}"))
    if not any(letter.isalpha() for letter in name):
        found.append(Reason("name_empty"))
    return tuple(found)


def _scripts(word: str) -> set[str]:
    """The scripts of the letters of ``word``; an apostrophe that counts as a letter belongs to none."""
    letters = (letter for letter in word if letter.isalpha() and unicodedata.category(letter) != "Lm")
    return {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}
