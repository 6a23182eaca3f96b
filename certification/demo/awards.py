"""Certificates of the earlier demo rounds in every standing: valid, expired, renewed, replaced, suspended, revoked, one
issued anew after a mistaken revocation, one under review; and certificates on paper from before.
"""

import io
from datetime import datetime, time, timedelta

from certification.demo import keys
from certification.models import Certificate, IssueBatch
from certification.operations import (
    importing_papers,
    issuing,
    keeping_log,
    publishing_lists,
    reissuing,
    reviewing,
    revoking,
    witnessing,
)
from certification.operations.importing_papers import COLUMNS as PAPER_COLUMNS
from certification.operations.importing_papers import PaperFile
from courses.demo.delivery import EARLIER_ROUND, FIRST_ROUND
from courses.models import Round
from lms.kernel import clock
from lms.kernel.spreadsheets import write_csv
from lms.people.models import NameForm, Person, User

_DAYS_AFTER_COMPLETION = 14
_CHANGED_NAME = "demo08@example.org"  # Živka Đukić, who became Đukić Mitić
_IN_ERROR = "demo14@example.org"
_SUSPENDED = "demo05@example.org"
_BY_MISTAKE = "demo16@example.org"  # revoked by mistake, and issued anew
_REVIEWED = "demo17@example.org"
_ON_PAPER = "demo12@example.org"


def load() -> None:
    """Issue and decide as officers would have, on the days they would have. Does nothing when it was done."""
    if IssueBatch.objects.filter(round_code=EARLIER_ROUND).exists():
        return
    officer, commission = (User.objects.get(email=f"{name}@example.org") for name in ("demo22", "demo26"))
    with clock.standing_at(_noon(clock.local_day() - timedelta(days=780))):
        keys.begin_with_the_earlier_one()
    _issue(FIRST_ROUND, clock.local_day() - timedelta(days=780), officer, commission)
    changed = Person.objects.get(email=_CHANGED_NAME)
    name_now = changed.surname
    changed.surname = name_now.split()[0]
    changed.save()
    day = clock.local_day() - timedelta(days=380)
    _issue(EARLIER_ROUND, day, officer, commission)
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
        mistaken = _certificate(_BY_MISTAKE)
        revoking.revoke(
            mistaken,
            _grounds(
                "evidence_withdrawn", "Dëshmitë u tërhoqën.", "The evidence was withdrawn.", "Докази су повучени."
            ),
            by=officer,
            approver=commission,
        )
        keeping_log.publish()
        # Seen as it happened: nothing is proven by a witness whose key is ours, but it can be looked at.
        witnessing.demonstrate()
    with clock.standing_at(_noon(day + timedelta(days=70))):
        anew = _grounds("appeal_upheld", "", "", "")
        reissuing.issue_anew(mistaken, anew, by=officer, approver=commission)
    reviewing.report(_certificate(_REVIEWED), "Një letër thotë se dita e dytë nuk u ndoq (demo).", by=officer)
    _enter_papers(officer)
    # At once, so that a visitor finds the lists even where no worker runs.
    publishing_lists.publish()


def _issue(round_code: str, day, officer: User, commission: User) -> None:
    if not Round.objects.filter(code=round_code).exists():
        return  # loaded before there was such a round
    with clock.standing_at(_noon(day)):
        batch = issuing.request(round_code, by=officer)
        issuing.approve(batch, by=commission, through_queue=False)
        issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))
        witnessing.demonstrate()


def _enter_papers(officer: User) -> None:
    """Four papers, among them the same number in two series and in two years."""
    holder = Person.objects.get(email=_ON_PAPER)
    alike = {
        "award": "Puna sociale me familje (demo)",
        "issuer": "Këshilli i Përgjithshëm për Shërbime Sociale dhe Familjare",
        "checked_by": "Besa Demolli, arkiviste (demo)",
        "checked_on": "2025-09-15",
        "checked_against": "libri i certifikatave (demo)",
    }
    lines = [
        {"series": "A", "number": "0012", "issued_on": "2019-05-03", "holder": holder.full_name, "person": holder.reference},
        {"series": "B", "number": "0012", "issued_on": "2019-06-07", "holder": "Fatime Demolli"},
        {"series": "A", "number": "0012", "issued_on": "2020-10-09", "holder": "Agron Demolli", "valid_until": "2023-10-08"},
        {"series": "", "number": "117", "issued_on": "2018-03-02", "holder": "Милица Демоловић", "hours": "24"},
    ]  # fmt: skip
    content = io.BytesIO(
        "".join(
            write_csv(PAPER_COLUMNS, ([(alike | line).get(each, "") for each in PAPER_COLUMNS] for line in lines))
        ).encode()
    )
    name = "demo-papers.csv"
    papers = PaperFile(importing_papers.survey(content, name), source="demo", by=officer, is_demo=True)
    counts = papers.run(importing_papers.rows_of(content, name), write=True, on_chunk=lambda results: None)
    if counts["new"] != len(lines):
        raise ValueError(f"The demo's papers were not all entered: {dict(counts)}")


def _noon(day) -> datetime:
    return clock.wall_moment(day, time(12), "Europe/Belgrade")


def _certificate(email: str) -> Certificate:
    return Certificate.objects.filter(person__email=email, ended_at__isnull=True).latest("issued_at")


def _grounds(reason_code: str, sq: str, en: str, sr: str) -> revoking.Grounds:
    return revoking.Grounds(
        effective_on=clock.local_day(),
        reason_code=reason_code,
        public_text={code: text for code, text in (("sq", sq), ("en", en), ("sr", sr)) if text},
        decision_number="DEMO-1/2025",
    )
