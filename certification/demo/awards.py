"""Certificates of the earlier demo round: one replaced after a change of name, one revoked, one suspended, the rest valid."""

from datetime import datetime, time, timedelta

from certification.demo import keys
from certification.models import Certificate, IssueBatch
from certification.operations import issuing, keeping_log, publishing_lists, reissuing, revoking, witnessing
from courses.demo.delivery import EARLIER_ROUND
from lms.kernel import clock
from lms.people.models import NameForm, Person, User

_DAYS_AFTER_COMPLETION = 14
_CHANGED_NAME = "demo08@example.org"  # Živka Đukić, who became Đukić Mitić
_IN_ERROR = "demo14@example.org"
_SUSPENDED = "demo05@example.org"


def load() -> None:
    """Issue and decide as officers would have, on the days they would have. Does nothing when it was done."""
    if IssueBatch.objects.filter(round_code=EARLIER_ROUND).exists():
        return
    officer, commission = (User.objects.get(email=f"{name}@example.org") for name in ("demo22", "demo26"))
    changed = Person.objects.get(email=_CHANGED_NAME)
    name_now = changed.surname
    changed.surname = name_now.split()[0]
    changed.save()
    day = clock.local_day() - timedelta(days=380)
    with clock.standing_at(_noon(day)):
        keys.begin_with_the_earlier_one()
        batch = issuing.request(EARLIER_ROUND, by=officer)
        issuing.approve(batch, by=commission, through_queue=False)
        issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))
        witnessing.demonstrate()
    with clock.standing_at(_noon(day + timedelta(days=20))):
        keys.rotate(by=officer, approver=commission)
    with clock.standing_at(_noon(day + timedelta(days=40))):
        NameForm.objects.create(
            person=changed,
            language=changed.language,
            given_name=changed.given_name,
            surname=changed.surname,
            father_name=changed.father_name,
            document="marriage certificate (demo)",
            used_until=day + timedelta(days=30),
        )
        changed.surname = name_now
        changed.save()
        reissuing.reissue(
            _certificate(_CHANGED_NAME),
            _grounds("name_changed", "Mbiemri u ndryshua.", "The surname was changed.", "Презиме је промењено."),
            by=officer,
            approver=commission,
        )
        revoking.revoke(
            _certificate(_IN_ERROR),
            _grounds("issued_in_error", "U lëshua gabimisht.", "It was issued in error.", "Издат је грешком."),
            by=officer,
            approver=commission,
        )
        revoking.suspend(
            _certificate(_SUSPENDED),
            _grounds("under_review", "Po shqyrtohet.", "It is being reviewed.", "У току је преиспитивање."),
            by=officer,
            approver=commission,
        )
        keeping_log.publish()
        # Seen as it happened: nothing is proven by a witness whose key is ours, but it can be looked at.
        witnessing.demonstrate()
    # At once, so that a visitor finds the lists even where no worker runs.
    publishing_lists.publish()


def _noon(day) -> datetime:
    return clock.wall_moment(day, time(12), "Europe/Belgrade")


def _certificate(email: str) -> Certificate:
    return Certificate.objects.get(person__email=email, ended_at__isnull=True)


def _grounds(reason_code: str, sq: str, en: str, sr: str) -> revoking.Grounds:
    return revoking.Grounds(
        effective_on=clock.local_day(),
        reason_code=reason_code,
        public_text={"sq": sq, "en": en, "sr": sr},
        decision_number="DEMO-1/2025",
    )
