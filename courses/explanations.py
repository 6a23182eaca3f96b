"""What is missing, in one sentence: the same facts for learner, trainer, organiser and Council."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.exemptions import Exemption
from courses.rules.accreditation import Accreditation
from courses.rules.completion import Kind, Missing, Who
from courses.rules.coverage import DayState
from lms.kernel.languages import localized


def explain(missing: Missing, reader: str = Who.LEARNER) -> str:
    """One sentence in the active language: what is missing and who can close the gap, said to ``reader``.

    Where a waiver is on its way or has ended, a second sentence says so.
    """
    sentence, waiver = _explain(missing, reader), missing.detail.get("waiver")
    if waiver is None:
        return sentence
    if waiver["status"] == "ended":
        note = _("A waiver for it ended on %(day)s.") % {"day": date_format(waiver["until"], "d.m.Y")}
    elif reader == Who.COUNCIL:
        note = _("A waiver for it is proposed: decide under “Waivers”.")
    else:
        note = _("A waiver for it is proposed; the Council decides.")
    return f"{sentence} {note}"


def explain_exemption(exemption: Exemption, reader: str = Who.LEARNER) -> str:
    """One sentence about a waiver. Why it was granted is between the learner and the office."""
    words = {
        "what": _name(exemption.kind, exemption.code, exemption.titles, exemption.number),
        "number": exemption.decision_number,
        "day": date_format(exemption.granted_on, "d.m.Y") if exemption.granted_on else "",
        "until": date_format(exemption.until, "d.m.Y") if exemption.until else "",
    }
    if exemption.kind == Kind.ACCREDITATION:
        words["what"] = _("Accreditation of “%(title)s”") % {"title": localized(exemption.titles) or exemption.code}
    facts = {
        "proposed": _("%(what)s: a waiver is proposed; the Council decides."),
        "refused": _("%(what)s: the waiver that was proposed is refused."),
        "withdrawn": _("%(what)s: waived on %(day)s, withdrawn since."),
        "ended": _("%(what)s: a waiver ended on %(until)s, before everything was met."),
        "granted": _("%(what)s: waived on %(day)s by decision %(number)s.")
        if exemption.decision_number
        else _("%(what)s: waived on %(day)s."),
    }
    sentences = [facts[exemption.status] % words]
    if exemption.status == "granted" and exemption.until:
        sentences.append(_("It holds for who completes by %(until)s.") % words)
    if reader != Who.TRAINER:
        sentences.append(_("Reason: %(reason)s") % {"reason": exemption.reason})
    return " ".join(sentences)


def _explain(missing: Missing, reader: str) -> str:
    if missing.kind == Kind.DAY:
        return _explain_day(missing, reader)
    if missing.kind == Kind.MODULE:
        return _explain_module(missing, reader)
    if missing.kind == Kind.ASSESSMENT:
        return _explain_assessment(missing, reader)
    if missing.kind == Kind.ACCREDITATION:
        return _explain_accreditation(missing, reader)
    if missing.kind == Kind.RECORD:
        return _("Everything is met; the completion will be recorded within minutes.")
    return _("The programme asks for nothing yet, so nobody can complete it – the Council can set its rule.")


def explain_all(missing: Iterable[Missing], reader: str = Who.LEARNER) -> list[str]:
    return [explain(gap, reader) for gap in missing]


def name_of(missing: Missing) -> str:
    """What the gap is about, short: “Day 4 (Social work with children)”."""
    if missing.kind == Kind.ACCREDITATION:
        if missing.detail["is_module"]:
            return _name(Kind.MODULE, missing.code, missing.detail["titles"])
        return _("Programme “%(title)s”") % {"title": localized(missing.detail["titles"])}
    return _name(missing.kind, missing.code, missing.detail.get("titles"), missing.detail.get("number"))


def _name(kind: str, code: str, titles: dict[str, str] | None, number: int | str | None = None) -> str:
    title = localized(titles)
    if kind == Kind.DAY:
        return _("Day %(number)s (%(title)s)") % {"number": number, "title": title}
    if kind == Kind.MODULE:
        return _("Module “%(title)s”") % {"title": title or code}
    if kind == Kind.ASSESSMENT:
        return _("Assessment “%(title)s”") % {"title": title or code}
    return ""


def _explain_day(missing: Missing, reader: str) -> str:
    detail = missing.detail
    words = {"day": name_of(missing), "halves": _when_and_where(detail["halves"])}
    if missing.status == DayState.PENDING:
        unmarked = [half for half in detail["halves"] if half["state"] == "unmarked"]
        words["halves"] = _when_and_where(unmarked)
        words["group"] = _groups(unmarked)
        if reader == Who.TRAINER:
            return _("%(day)s is missing: nobody has marked %(halves)s – mark it on the roll call.") % words
        return _("%(day)s is missing: nobody has marked %(halves)s – the trainer of group %(group)s can do it.") % words
    if missing.status == DayState.AHEAD:
        return _("%(day)s is still to come: %(halves)s.") % words
    if missing.status == DayState.CONFLICT:
        clashing = [half for half in detail["halves"] if half["state"] == "conflict"]
        words["halves"] = _when_and_where([*clashing, *detail.get("elsewhere", ())])
        if reader == Who.ORGANISER:
            return (
                _("%(day)s does not count yet: marked in two places at once, %(halves)s – decide which holds.") % words
            )
        return (
            _(
                "%(day)s does not count yet: marked in two places at once, %(halves)s – the organiser decides which holds."
            )
            % words
        )
    if missing.status == DayState.UNPLANNED:
        fact = _("%(day)s is missing: no session is planned for it") % words
    elif missing.status == DayState.PARTIAL:
        fact = _("%(day)s counts in part only: %(halves)s does not count") % words
    else:
        fact = _("%(day)s is missing: absent on %(halves)s") % words
    return _("%(fact)s – %(make_up)s.") % {"fact": fact, "make_up": _make_up(missing, reader)}


def _make_up(missing: Missing, reader: str) -> str:
    make_ups = missing.detail.get("make_ups") or []
    if not make_ups:
        if reader == Who.ORGANISER:
            return _("no make-up yet: plan a session of this day in any group")
        return _("no make-up yet: the organiser can plan one")
    halves = [{"half": session["half"], "sessions": [session]} for session in make_ups]
    words = {"when": _when_and_where(halves, last_word=_("or"), most=2)}
    if reader == Who.LEARNER:
        return _("you can make it up on %(when)s") % words
    return _("it can be made up on %(when)s") % words


def _explain_module(missing: Missing, reader: str) -> str:
    words = {"module": name_of(missing), **missing.detail}
    if missing.status == "without_lessons":
        return (
            _("%(module)s has no lessons, so nobody can complete it – the Council can publish a new edition.") % words
        )
    if reader == Who.LEARNER:
        return (
            ngettext(
                "%(module)s is missing: %(done)s of %(lessons)s lesson is done – continue reading.",
                "%(module)s is missing: %(done)s of %(lessons)s lessons are done – continue reading.",
                missing.detail["lessons"],
            )
            % words
        )
    return (
        ngettext(
            "%(module)s is missing: %(done)s of %(lessons)s lesson is done – the learner continues.",
            "%(module)s is missing: %(done)s of %(lessons)s lessons are done – the learner continues.",
            missing.detail["lessons"],
        )
        % words
    )


def _explain_assessment(missing: Missing, reader: str) -> str:
    words = {"assessment": name_of(missing), "left": missing.detail.get("attempts_left", 0)}
    is_learner = reader == Who.LEARNER
    if missing.status == "without_questions":
        return _("%(assessment)s does not exist in this edition – the Council can publish a new edition.") % words
    if missing.status == "in_progress":
        if is_learner:
            return _("%(assessment)s is running: finish and submit it.") % words
        return _("%(assessment)s is running – the learner submits it, or it closes at its deadline.") % words
    if missing.status == "no_attempts_left":
        if reader == Who.ORGANISER:
            return (
                _("%(assessment)s is not passed and no attempt is left – enrol the person anew or record a waiver.")
                % words
            )
        return _("%(assessment)s is not passed and no attempt is left – the organiser can help.") % words
    if missing.status == "not_passed":
        if is_learner:
            return (
                ngettext(
                    "%(assessment)s is not passed yet: you have %(left)s attempt left.",
                    "%(assessment)s is not passed yet: you have %(left)s attempts left.",
                    words["left"],
                )
                % words
            )
        return (
            ngettext(
                "%(assessment)s is not passed yet – the learner has %(left)s attempt left.",
                "%(assessment)s is not passed yet – the learner has %(left)s attempts left.",
                words["left"],
            )
            % words
        )
    if is_learner:
        return _("%(assessment)s is missing: start it when you are ready.") % words
    return _("%(assessment)s is missing – the learner has not started it.") % words


def _explain_accreditation(missing: Missing, reader: str) -> str:
    detail = missing.detail
    words = {
        "what": name_of(missing),
        "evidence": _name(detail["kind"], detail["code"], detail["evidence_titles"], detail["number"]),
        "on": date_format(detail["on"], "d.m.Y"),
    }
    if missing.status == Accreditation.COMING:
        words["first"] = date_format(detail["first_day"], "d.m.Y")
        fact = _("%(what)s is accredited from %(first)s only, and %(on)s came before (%(evidence)s)") % words
    else:
        words["last"] = date_format(detail["last_day"], "d.m.Y")
        fact = _("%(what)s was accredited until %(last)s, and %(on)s came after (%(evidence)s)") % words
    if reader == Who.COUNCIL:
        way = _("no certificate until you decide, or publish an edition whose renewed accreditation covers that day")
    else:
        way = _("no certificate until the Council decides, or a renewed accreditation covers that day")
    return _("%(fact)s – %(way)s.") % {"fact": fact, "way": way}


def _when_and_where(halves: Iterable[Mapping[str, Any]], *, last_word: str = "", most: int | None = None) -> str:
    """“the morning of 12.05.2026 in Pejë and the afternoon of 13.05.2026 in Pejë”; a day in one place is said once."""
    places: dict[tuple[date, str], list[str]] = {}
    alone: list[str] = []
    for half in halves:
        if not half["sessions"]:
            alone.append(_("the morning") if half["half"] == "AM" else _("the afternoon"))
        for session in half["sessions"]:
            places.setdefault((session["on"], localized(session["place"])), []).append(half["half"])
    phrases = list(alone)
    for (on, place), parts in places.items():
        words = {"date": date_format(on, "d.m.Y"), "place": place}
        if set(parts) == {"AM", "PM"}:
            phrases.append(_("%(date)s in %(place)s") % words)
        elif "AM" in parts:
            phrases.append(_("the morning of %(date)s in %(place)s") % words)
        else:
            phrases.append(_("the afternoon of %(date)s in %(place)s") % words)
    return get_text_list(phrases[:most], last_word or _("and"))


def _groups(halves: Iterable[Mapping[str, Any]]) -> str:
    codes = dict.fromkeys(session["group"] for half in halves for session in half["sessions"])
    return get_text_list(list(codes), _("and"))
