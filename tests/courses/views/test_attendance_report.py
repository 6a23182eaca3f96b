"""The report of a round: its filters, its export, and how many statements it takes."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from courses.operations import attending
from courses.views import attendance_report
from lms.kernel import clock
from lms.people import roles
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    RoundFactory,
    UserFactory,
    sessions_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return GroupFactory(round=RoundFactory(code="R1", edition=EditionFactory(days=2)), code="G1")


@pytest.fixture
def sessions(group):
    return sessions_of(group, clock.local_day() - timedelta(days=5))


@pytest.fixture
def office(client):
    client.force_login(UserFactory(roles=[roles.ORGANISER]))
    return client


def test_the_report_says_who_has_which_day_and_filters_what_is_open(office, group, sessions):
    whole = EnrolmentFactory(group=group, person=PersonFactory(surname="Krasniqi"))
    EnrolmentFactory(group=group, person=PersonFactory(surname="Morina"))
    for session in sessions:
        attending.mark(session, whole, "present", by=None)

    everybody = office.get(reverse("courses:attendance-report"), follow=True).content.decode()
    only_open = office.get(reverse("courses:attendance-report"), {"round": "R1", "open": "1"}).content.decode()

    assert "1 of 2 people have every required day." in everybody
    assert "Krasniqi" in everybody
    assert "Krasniqi" not in only_open
    assert "Morina" in only_open


def test_the_report_takes_a_dozen_statements_for_any_number_of_people(
    office, group, sessions, django_assert_max_num_queries
):
    for _number in range(130):
        attending.mark(sessions[0], EnrolmentFactory(group=group), "present", by=None)
    office.get(reverse("courses:attendance-report"), {"round": "R1"})

    with django_assert_max_num_queries(12):
        page = office.get(reverse("courses:attendance-report"), {"round": "R1"})

    assert len(page.content) < 200_000
    assert "Page 1 of 2" in page.content.decode()


def test_pages_go_on_where_the_one_before_ended_across_groups(office, group, sessions, monkeypatch):
    monkeypatch.setattr(attendance_report, "PER_PAGE", 2)
    second = GroupFactory(round=group.round, code="G2")
    third = GroupFactory(round=group.round, code="G3")
    for each, surname in [
        (second, "Çela"), (second, "Dushi"), (second, "Cana"), (group, "Zeka"), (group, "Xhafa"), (third, "Aliu"),
    ]:  # fmt: skip
        EnrolmentFactory(group=each, person=PersonFactory(surname=surname))

    def shown(page, **filters):
        query = {"round": "R1", "page": page, **filters}
        html = office.get(reverse("courses:attendance-report"), query).content.decode()
        return re.findall(r"<b>(\w+)</b> [^<]*</a></th><td>(\w+)</td>", html)

    assert shown(1) == [("Xhafa", "G1"), ("Zeka", "G1")]
    assert shown(2) == [("Cana", "G2"), ("Çela", "G2")]
    assert shown(3) == [("Dushi", "G2"), ("Aliu", "G3")]
    assert shown(2, group=second.pk) == [("Dushi", "G2")]
    assert shown(1, open="1") == [("Xhafa", "G1"), ("Zeka", "G1")]


def test_the_export_guards_against_formulas(office, group, sessions):
    EnrolmentFactory(group=group, person=PersonFactory(given_name="=1+1", surname="Krasniqi", reference="P-1"))

    answer = office.get(reverse("courses:attendance-report"), {"round": "R1", "export": "csv"})

    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == ["group", "person", "surname", "given_name", "D1", "D2", "days_covered", "days_required"]
    assert rows[1] == ["G1", "P-1", "Krasniqi", "'=1+1", "not marked yet", "not marked yet", "0", "2"]


def test_the_workbook_opens(office, group):
    answer = office.get(reverse("courses:attendance-report"), {"round": "R1", "export": "xlsx"})

    assert answer.content.startswith(b"PK")


def test_readers_of_records_see_it_and_nobody_else(client, group):
    for role, status in [(roles.INSPECTOR, 200), (roles.COMMISSION_MEMBER, 200), (roles.TRAINER, 404), (None, 404)]:
        client.force_login(UserFactory(roles=[role] if role else []))

        assert client.get(reverse("courses:attendance-report"), {"round": "R1"}).status_code == status


def test_an_unknown_round_is_not_there(office, group):
    assert office.get(reverse("courses:attendance-report"), {"round": "R9"}).status_code == 404
