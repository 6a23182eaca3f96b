"""Verify a certificate from the shell, as a stranger would on the public page, and end with what a script can read.

Ends with 0 when it is valid, 1 when it is not (expired, suspended, revoked, replaced, not genuine), 2 when it cannot be
checked or was not found.
"""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from certification import answers, verification
from certification.operations import examining
from certification.rules import numbering
from certification.rules.verdicts import Verdict
from certification.verification import Check, Verified


class Command(BaseCommand):
    help = "Verify a certificate by its file, its credential, its badge, its square code's address, or its number."

    def add_arguments(self, parser):
        parser.add_argument(
            "what", metavar="FILE_OR_NUMBER", help="a file, a number such as HZ1J-652J-FWKP, or https://…"
        )
        parser.add_argument("--code", default="", help="the access code that belongs to the number")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args, **options):
        with translation.override("en"):
            answer = self._answer(options["what"], options["code"])
            if options["format"] == "json":
                self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))
            else:
                self._tell(answer)
        if answer["exit"]:
            sys.exit(answer["exit"])

    def _answer(self, what: str, code: str) -> dict:
        number = numbering.normalise(what)
        path = Path(what)
        if path.is_file():
            return self._file(path)
        if what.startswith(("https://", "http://")):
            return self._examined(examining.examine_address(what))
        if not numbering.check(number):
            raise CommandError(
                f"{what!r} is neither a file nor a certificate number. A number has 12 letters and digits; "
                "compare it with the paper.",
                returncode=2,
            )
        try:
            found = verification.look_up(number, code or None)
        except verification.NoSuchCertificate:
            sentence = f"No certificate answers to this number{' and access code together' if code else ''}."
            return _told(Verdict.CANNOT_CHECK, "not_found", sentence, (), None)
        return _told(found.verdict, "number", answers.sentence(found), found.checks, found)

    def _file(self, path: Path) -> dict:
        try:
            with path.open("rb") as file:
                return self._examined(examining.examine(file.read(examining.MAX_FILE + 1)))
        except (OSError, examining.TooLarge, examining.Busy) as error:
            raise CommandError(f"{path} cannot be examined: {error}", returncode=2) from error

    def _examined(self, examined: examining.Examined) -> dict:
        sentence = " ".join(part for part in (answers.sentence_on(examined), examined.detail) if part)
        told = _told(examined.verdict, examined.why, sentence, examined.checks, examined.found)
        return told | ({"claimed": dict(examined.claimed)} if examined.claimed else {})

    def _tell(self, answer: dict) -> None:
        self.stdout.write(f"{answer['word'].upper()}: {answer['sentence']}")
        for check in answer["checks"]:
            sign = {True: "+", False: "-", None: "?"}[check["passed"]]
            self.stdout.write(f"  {sign} {check['text']}")
        for name, value in (answer["certificate"] or {}).items():
            self.stdout.write(f"  {name.replace('_', ' ')}: {value or '–'}")
        for name, value in answer.get("claimed", {}).items():
            self.stdout.write(f"  claims, unconfirmed: {name.replace('_', ' ')}: {value}")


def _told(verdict: Verdict, why: str, sentence: str, checks: tuple[Check, ...], found: Verified | None) -> dict:
    lines = answers.lines(checks, None)
    return {
        "verdict": verdict.value,
        "why": why,
        "exit": verdict.exit_code,
        "word": answers.word(verdict),
        "sentence": sentence,
        "checks": [
            {"code": check.code, "passed": check.passed, "text": line.text}
            for check, line in zip(checks, lines, strict=True)
        ],
        "certificate": _certificate(found) if found else None,
    }


def _certificate(found: Verified) -> dict:
    return {
        "number": found.grouped_number,
        "standing": found.standing.value,
        "course": found.title,
        "holder": found.facts["holder"]["printed"] if found.facts else found.initials,
        "issued_on": found.issued_on.isoformat(),
        "valid_until": found.valid_until.isoformat() if found.valid_until else None,
        "first_witnessed": found.witnessed_at.isoformat() if found.witnessed_at else None,
        "licence_today": found.licence.standing.value if found.licence else None,
    }
