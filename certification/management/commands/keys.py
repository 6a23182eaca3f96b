"""Keys at the console: list, create, publish, activate, retire, compromise. Each says first what it will do."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from certification import key_acts, signing
from certification.models import KeyRequest, SigningKey
from certification.operations import renewing_proofs, turning_keys
from lms.people import roles
from lms.people.models import User

_ALLOWED = (roles.COUNCIL_OFFICER, roles.ADMINISTRATOR)


class Command(BaseCommand):
    help = "List keys, publish new ones, put one to use, retire it, or declare it compromised. --dry-run only tells."

    def add_arguments(self, parser):
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        acts.add_parser("list", help="every key: purpose, state, since when, certificates under it, next rotation")
        create = acts.add_parser("create", help="have the signer make a key and publish it; it signs nothing yet")
        create.add_argument("purpose", choices=signing.PURPOSES)
        publish = acts.add_parser("publish", help="publish a key that was laid into the signer's folder (seal, token)")
        publish.add_argument("purpose", choices=signing.PURPOSES)
        publish.add_argument("key", metavar="KEY")
        for name, told in (
            ("activate", "put a published key to use; the one before is retired and stays published"),
            ("retire", "withdraw a published key that was never used"),
            ("compromise", "declare a key stolen or lost: believed only for what was in the log before"),
        ):
            act = acts.add_parser(name, help=told)
            act.add_argument("key", metavar="KEY")
            act.add_argument("--reason", default="", help="goes into the record of the request")
            act.add_argument("--by", metavar="EMAIL", help="who asks")
            act.add_argument("--approved-by", metavar="EMAIL", help="a second person, who approves")
            if name == "compromise":
                act.add_argument(
                    "--tree-size", type=int, help="entries the log had when the key was last safe; default: all"
                )
        for act in acts.choices.values():
            act.add_argument("--dry-run", action="store_true", help="say what would be done; change nothing")

    def handle(self, *args, **options):
        with translation.override("en"):
            try:
                getattr(self, f"_{options['act']}")(options)
            except (turning_keys.KeyActRefused, signing.CannotSign) as error:
                raise CommandError(str(error)) from None

    def _list(self, options) -> None:
        keys = list(SigningKey.objects.all())
        counts = turning_keys.counts(keys)
        for key in keys:
            due = turning_keys.next_due(key)
            since = key.compromised_at or key.retired_at or key.active_from or key.published_at
            self.stdout.write(
                f"{key.purpose:<10} {key.kid}  {key.state:<11} since {since:%Y-%m-%d}  "
                f"{counts[key.pk]} certificates" + (f"  next rotation by {due:%Y-%m-%d}" if due else "")
            )
        waiting = renewing_proofs.waiting()
        if waiting:
            self.stdout.write(f"{waiting} certificates are still to be proved anew.")
        if not keys:
            self.stdout.write("No key is entered yet; the first ones are with the first certificate.")

    def _create(self, options) -> None:
        if options["dry_run"]:
            self.stdout.write(
                f"A new key for {options['purpose']} would be made by the signer, entered in the log and published. "
                f"It signs nothing until it is activated, in {turning_keys.PUBLISHED_BEFORE.days} days at the earliest."
            )
            return
        self._tell_published(turning_keys.publish(options["purpose"]))

    def _publish(self, options) -> None:
        if options["dry_run"]:
            self.stdout.write(
                f"The key {options['key']} would be entered in the log and published. It signs nothing yet."
            )
            return
        self._tell_published(turning_keys.publish(options["purpose"], options["key"]))

    def _tell_published(self, key: SigningKey) -> None:
        ready = key.published_at + turning_keys.PUBLISHED_BEFORE
        self.stdout.write(
            f"{key.kid} for {key.purpose} is published. It can be put to use from {ready:%Y-%m-%d %H:%M} UTC."
        )

    def _activate(self, options) -> None:
        self._act(KeyRequest.Kind.ACTIVATE, options)

    def _retire(self, options) -> None:
        self._act(KeyRequest.Kind.RETIRE, options)

    def _compromise(self, options) -> None:
        self._act(KeyRequest.Kind.COMPROMISE, options)

    def _act(self, kind: str, options) -> None:
        key = SigningKey.objects.filter(kid=options["key"]).first()
        if key is None:
            raise CommandError(f"There is no key {options['key']!r}; 'manage.py keys list' names all.")
        size = options.get("tree_size")
        told = turning_keys.foreseen(key, kind, size)
        for sentence in key_acts.sentences(told):
            self.stdout.write(f"- {sentence}")
        if told.refused:
            raise CommandError(told.refused)
        if options["dry_run"]:
            self.stdout.write("Nothing was changed.")
            return
        asker, approver = self._user(options, "by"), self._user(options, "approved_by")
        if asker == approver:
            raise CommandError("Nobody approves their own request: name two different people.")
        asked = turning_keys.request(key, kind, by=asker, note=options["reason"], tree_size=size)
        try:
            key = turning_keys.approve(asked, by=approver)
        except (turning_keys.KeyActRefused, signing.CannotSign):
            turning_keys.reject(asked, by=approver)
            raise
        self.stdout.write(f"{key.kid} is now {key.state}.")

    def _user(self, options, name: str) -> User:
        email, option = options[name], "--" + name.replace("_", "-")
        if not email:
            raise CommandError(f"Say who answers for it with {option} EMAIL (or add --dry-run to change nothing).")
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"No active user signs in as {email!r} ({option}).")
        if not roles.has_role(user, *_ALLOWED):
            labels = " or ".join(str(roles.LABELS[role]) for role in _ALLOWED)
            raise CommandError(f"{email} may not do this ({option}): it takes the role {labels}.")
        return user
