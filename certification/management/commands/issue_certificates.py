"""Issue the certificates of a round from the shell: who is due one, who is not and why, and then the same work as
in the office, with two people named.
"""

import json

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from certification import signing
from certification.explanations import explain, explain_reason
from certification.models import IssueBatch, IssueRow
from certification.operations import issuing
from courses.rounds import NoSuchRound
from lms.people import roles
from lms.people.models import User


class Command(BaseCommand):
    help = "Issue certificates to everybody in a round who is due one. Killed at any point, it can be run again."

    def add_arguments(self, parser):
        parser.add_argument("--round", required=True, metavar="CODE", dest="round_code", help="such as REF-2026-1")
        parser.add_argument("--group", default="", metavar="CODE", help="only this group of the round, such as G6")
        parser.add_argument("--dry-run", action="store_true", help="say who is due one and who is not; write nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument("--requested-by", metavar="EMAIL", help="the officer who asks")
        parser.add_argument("--approved-by", metavar="EMAIL", help="a second person who approves")
        parser.add_argument(
            "--retry-failed", action="store_true", help="take up again only what failed in the last list"
        )
        parser.add_argument("--go-on", action="store_true", help="go on with a list that was paused")

    def handle(self, *args, **options):
        with translation.override("en"):
            try:
                if not options["dry_run"]:
                    self._issue(options)
                found = issuing.preflight(options["round_code"], options["group"])
            except (NoSuchRound, issuing.IssuingError, signing.CannotSign) as error:
                raise CommandError(str(error)) from None
            if options["format"] == "json":
                rows = [self._row(candidate) for candidate in found.candidates]
                self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            else:
                self._list(found)

    def _row(self, candidate) -> dict:
        issued = next((reason.detail for reason in candidate.reasons if reason.code == "already_issued"), None)
        return {
            "person": candidate.person_reference,
            "licence_number": candidate.licence_number or None,
            "group": candidate.group_code,
            "eligible": candidate.eligible,
            "certificate": issued,
            "reasons": [{"code": reason.code, "detail": reason.detail} for reason in candidate.reasons],
        }

    def _list(self, found) -> None:
        for candidate in found.not_ready:
            self.stdout.write(f"{candidate.group_code} {candidate.person_reference}: {' '.join(explain(candidate))}")
        self.stdout.write(
            f"{len(found.candidates)} enrolled: {len(found.ready) + len(found.issued)} due a certificate "
            f"({len(found.issued)} have it, {len(found.ready)} to be issued), {len(found.not_ready)} not"
        )

    # --- Issuing -----------------------------------------------------------------------------------

    def _issue(self, options) -> None:
        requester = self._user(options, "requested_by", roles.COUNCIL_OFFICER)
        approver = self._user(options, "approved_by", roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER)
        if requester == approver:
            raise CommandError("Nobody approves their own request: name two different people.")
        round_code, group = options["round_code"], options["group"]
        lists = IssueBatch.objects.filter(round_code=round_code, group_code=group)
        running = lists.filter(state__in=[IssueBatch.State.RUNNING, IssueBatch.State.PAUSED]).first()
        if running is not None and running.state == IssueBatch.State.PAUSED:
            if not options["go_on"]:
                raise CommandError(f"Batch {running.pk} is paused; add --go-on to go on with it.")
            issuing.go_on(running, by=approver)
        if options["retry_failed"]:
            running = running or lists.filter(state=IssueBatch.State.DONE).first()
            if running is None or not issuing.retry_failed(running, by=approver, through_queue=False):
                self.stderr.write("Nothing to try again: no certificate of the last list failed.")
                return
        elif running is None:
            seen = issuing.preflight(round_code, group)
            if not seen.ready:
                self.stderr.write(f"Nothing to issue: {len(seen.issued)} have their certificate.")
                return
            waiting = IssueBatch.objects.filter(
                round_code=round_code, group_code=group, state=IssueBatch.State.REQUESTED
            ).first()
            batch = waiting or issuing.request(round_code, group, by=requester)
            running = issuing.approve(batch, by=approver, through_queue=False).batch
        else:
            self.stderr.write(f"Going on with batch {running.pk}, which was not finished.")
        self._work_through(running)

    def _work_through(self, batch: IssueBatch) -> None:
        rows = issuing.waiting_rows(batch)
        done = 0
        for start in range(0, len(rows), issuing.CHUNK):
            chunk = rows[start : start + issuing.CHUNK]
            issued = issuing.issue_rows(batch.pk, chunk)
            done += len(chunk)
            self.stderr.write(f"{done}/{len(rows)} {batch.round_code}: {issued} issued")
        issuing.resume(batch)  # closes it; hands rows that changed meanwhile to the queue
        for row in batch.rows.exclude(state=IssueRow.State.ISSUED).select_related("person"):
            sentence = explain_reason(row.error_code, row.error_detail)
            self.stderr.write(f"{row.person.reference} {row.get_state_display()}: {sentence}")

    def _user(self, options, name: str, *allowed: str) -> User:
        email, option = options[name], "--" + name.replace("_", "-")
        if not email:
            raise CommandError(f"Say who answers for it with {option} EMAIL (or add --dry-run to write nothing).")
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"No active user signs in as {email!r} ({option}).")
        if not roles.has_role(user, *allowed):
            labels = " or ".join(str(roles.LABELS[role]) for role in allowed)
            raise CommandError(f"{email} may not do this ({option}): it takes the role {labels}.")
        return user
