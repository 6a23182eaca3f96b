"""Who answers for what a command writes."""

from django.core.management.base import CommandError

from lms.people.models import User


def add_by(parser) -> None:
    """Let the command be given ``--by EMAIL``; read it with :func:`user_of`."""
    parser.add_argument("--by", metavar="EMAIL", help="the user who answers for it")


def user_of(email: str | None) -> User | None:
    """The user who signs in with ``email``; None when none was given. Raises CommandError for an unknown address."""
    if not email:
        return None
    try:
        return User.objects.get(email__iexact=email)
    except User.DoesNotExist:
        raise CommandError(f"No user has the address {email}. Give the address somebody signs in with.") from None
