"""The answer about a certificate in words: one word, one sentence, and a line for everything that was checked."""

from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from certification import verification
from certification.operations.checking_lists import Line as ListLine
from certification.operations.checking_lists import Outcome
from certification.operations.examining import Examined
from certification.rules.validity import Standing
from certification.rules.verdicts import Verdict
from certification.verification import Check, Verified
from lms.kernel import clock

# The icon and colour of each verdict, as components/standing.html knows them.
STATES = {Verdict.REPLACED: "superseded", Verdict.CANNOT_CHECK: "unknown"}


def state(verdict: Verdict) -> str:
    return STATES.get(verdict, verdict.value)


def word(verdict: Verdict) -> str:
    return _verdicts(get_language())[verdict]


@lru_cache(maxsize=8)
def _verdicts(_language: str | None) -> dict[Verdict, str]:
    """The verdicts in words, in the active language."""
    return {
        Verdict.VALID: _("Valid"),
        Verdict.EXPIRED: _("Expired"),
        Verdict.SUSPENDED: _("Suspended"),
        Verdict.REVOKED: _("Revoked"),
        Verdict.REPLACED: _("Replaced"),
        Verdict.NOT_GENUINE: _("Not genuine"),
        Verdict.CANNOT_CHECK: _("Cannot be checked"),
    }


def sentence(found: Verified) -> str:
    """What the register says of a certificate."""
    since = short(found.found.since) if found.found.since else ""
    match found.verdict:
        case Verdict.NOT_GENUINE:
            return _(
                "What is recorded under this number is not what was sealed at issue. Do not rely on it; tell the issuer."
            )
        case Verdict.CANNOT_CHECK if found.erased_at:
            return _erased(found)
        case Verdict.CANNOT_CHECK:
            return _("The log has no entry for this certificate, or its seal cannot be checked. Ask the issuer.")
        case Verdict.VALID if found.is_under_review:
            return _(
                "This certificate was issued here and holds today. The Council is reviewing it; until it decides, nothing changes."
            )
        case Verdict.VALID:
            return _("This certificate was issued here and holds today.")
        case Verdict.EXPIRED if found.renewed_on:
            return _(
                "This certificate was issued here. Its last valid day was %(since)s. A newer certificate renewed it on "
                "%(day)s: ask its holder for that one."
            ) % {"since": since, "day": short(found.renewed_on)}
        case Verdict.EXPIRED:
            return _("This certificate was issued here. Its last valid day was %(since)s.") % {"since": since}
        case Verdict.SUSPENDED:
            return _("This certificate was issued here and has been suspended since %(since)s.") % {"since": since}
        case Verdict.REVOKED if found.anew_on:
            return _(
                "This certificate was revoked with effect from %(since)s and stays so. For the same award a new one was "
                "issued on %(day)s by a new decision: ask its holder for that one."
            ) % {"since": since, "day": short(found.anew_on)}
        case Verdict.REVOKED:
            return _("This certificate was revoked with effect from %(since)s. It no longer holds.") % {"since": since}
        case _replaced:
            return _(
                "This certificate was replaced on %(since)s by a newer version. Ask its holder for the new one."
            ) % {"since": since}


def _erased(found: Verified) -> str:
    return _(
        "A certificate with this number was issued here on %(issued)s. Its data were erased on %(erased)s, because the "
        "time for which they are kept had passed or a decision ordered it. Nothing can be confirmed any more."
    ) % {"issued": short(found.issued_on), "erased": short(clock.local_day(found.erased_at))}


def sentence_on(examined: Examined) -> str:
    """What is to be said of a file, a credential or a square code."""
    found = examined.found
    sentences = {
        "other_file": _(
            "The data in this file are genuine, but this is not the issued file: it was changed or saved anew after "
            "issue. Rely on what is recorded, shown below, and not on what the page of the file says."
        ),
        "altered": _("This carries our name, but our signature does not fit it: it was altered or made up."),
        "other_key": _(
            "This is signed with a key that is none of ours or that we no longer believe. Do not rely on it."
        ),
        "not_recorded": _(
            "This bears a signature of ours, but it stands neither in the register nor in the log. Do not rely on it, "
            "and tell the issuer."
        ),
        "foreign": _("This was not issued here, so that nothing in it is confirmed. Ask whoever issued it."),
        "nothing": _("Nothing in this file could have been issued here."),
        "too_much": _(
            "Reading this file takes more work than any certificate needs, so that it was not read to its end."
        ),
    }
    if examined.why in sentences or found is None:
        return sentences.get(examined.why, sentences["nothing"])
    return sentence(replace(found, checks=examined.checks))


def sentence_of_line(line: ListLine) -> str:
    """What a report says of one line of a list."""
    match line.outcome:
        case Outcome.MISTYPED:
            kind, _space, value = line.problem.partition(" ")
            if kind == "length":
                return _(
                    "A certificate number has 12 letters and digits; you typed %(count)s. Look at the paper again."
                ) % {"count": value}
            if kind == "group":
                return _("This number is mistyped, probably in group %(group)s of 3. Compare it with the paper.") % {
                    "group": value
                }
            return _("This number is mistyped. Compare it with the paper, group by group.")
        case Outcome.UNKNOWN:
            return _("No certificate answers to this line.")
        case Outcome.WAIT:
            return _("Not looked up: too many lines from your network failed. Try the rest in a minute.")
        case Outcome.NOT_EXAMINED:
            return _("The time for one list was used up before the remaining files. Send them in a list of their own.")
        case _answered:
            if line.examined is not None:
                return sentence_on(line.examined)
            return sentence(line.found) if line.found else ""


def word_of_line(line: ListLine) -> str:
    """The one word of a line: the verdict, or why there is none."""
    if line.verdict is not None:
        return word(line.verdict)
    return {
        Outcome.MISTYPED: _("Mistyped"),
        Outcome.UNKNOWN: _("Not found"),
        Outcome.WAIT: _("Not looked up"),
    }.get(line.outcome, _("Not examined"))


class Line(NamedTuple):
    passed: bool | None
    text: str


def lines(checks: tuple[Check, ...], found: Verified | None) -> tuple[Line, ...]:
    """Every check as a sentence, in the order in which they were made; last the ledger."""
    told = [Line(check.passed, _line(check)) for check in checks]
    if found is not None and found.witnessed_at:
        told.append(_witnessed(found, found.witnessed_at))
    if found is not None and not found.is_erased:
        ledger = _("The Council's ledger was read just now: %(word)s.") % {
            "word": verification.STANDINGS[found.standing]
        }
        told.append(Line(found.standing is Standing.VALID, ledger))
    return tuple(told)


def _witnessed(found: Verified, at: datetime) -> Line:
    values = {"moment": date_format(clock.local(at), "SHORT_DATETIME_FORMAT")}
    if found.is_entered_later:
        return Line(
            None,
            _(
                "Entered later: a witness of the log first saw it on %(moment)s, more than a day away from the day that "
                "it is valid from."
            )
            % values,
        )
    return Line(True, _("First witnessed on %(moment)s, by somebody who watches the log apart from us.") % values)


def _line(check: Check) -> str:
    passed, failed, unknown = _words(check.code, get_language())
    return unknown if check.passed is None else passed if check.passed else failed


@lru_cache(maxsize=100)
def _words(code: str, _language: str | None) -> tuple[str, str, str]:
    """What is said of a check in the active language, and nothing of any certificate."""
    return _WORDS[code]()


# Of each check: what is said when it holds, when it fails, and when it could not be made.
_WORDS = {
    "facts_unchanged": lambda: (
        _("The facts are the same as on the day of issue (their hash was computed again just now)."),
        _("The facts are not the same as on the day of issue."),
        _("The facts cannot be compared with those of the day of issue."),
    ),
    "signature": lambda: (
        _("The issuer's electronic seal on the facts is genuine."),
        _("The issuer's electronic seal does not fit the facts."),
        _("The issuer's electronic seal cannot be checked: its key is not known here."),
    ),
    "same_file": lambda: (
        _("The file is, byte by byte, the one that was issued."),
        _("The file is not the one that was issued: at least one byte is different."),
        _("The issued file is no longer kept, so that the two cannot be compared."),
    ),
    "council_seal": lambda: (
        _("The Council's seal in the PDF is whole and covers the entire file."),
        _("The Council's seal in the PDF is missing or broken, or something was added after it."),
        _("The Council's seal in the PDF cannot be checked."),
    ),
    "file_signature": lambda: (
        _("The signature in what you brought fits every word of it."),
        _("The signature in what you brought does not fit it."),
        _("The signature in what you brought cannot be checked."),
    ),
    "recorded": lambda: (
        _("The register holds the same certificate, word by word."),
        _("The register holds no such certificate."),
        _("The register could not be asked."),
    ),
    "key": lambda: (
        _("The key that signed it is one of ours and could be relied on when it signed."),
        _("The key that signed it fell into wrong hands, and this was entered in the log only afterwards."),
        _("The key that signed it is not known here, or fell into wrong hands; the Council reviews this certificate."),
    ),
    "logged": lambda: (
        _("The public log holds the entry of its issue."),
        _("The public log says something else at the place where its issue should stand."),
        _("The public log has no entry of its issue."),
    ),
}


def short(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
