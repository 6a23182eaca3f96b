"""The office sees how often certificates are checked; a holder sees on which days their own was."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certification.admin.verifications import chart
from certification.models import VerificationStat
from certification.operations import counting
from certification.operations.counting import Day
from lms.kernel import clock
from lms.people import roles
from tests.certification.factories import group_with, issued_batch, officer
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db

PAGE = "/office/certificates/verifications/"


def count_on(back, channel, verdict, times):
    day = clock.local_day() - timedelta(days=back)
    VerificationStat.objects.create(day=day, channel=channel, verdict=verdict, count=times)


def test_officers_see_the_figures_as_a_drawing_and_as_tables(client_for):
    count_on(1, "number", "valid", 7)
    count_on(2, "file", "not_genuine", 3)
    count_on(40, "list", "valid", 100)

    text = client_for(officer()).get(PAGE).content.decode()

    assert "10 checks in this time, 7 of a certificate that holds." in text
    assert text.count('class="ver-chart__valid"') == 2
    assert "not genuine" in text
    assert "110 checks" in client_for(officer("o2@example.org")).get(PAGE, {"days": "90"}).content.decode()


def test_others_do_not_see_them_and_the_start_page_shows_them_to_officers_only(client_for):
    count_on(1, "number", "valid", 7)
    organiser = client_for(UserFactory(roles=[roles.ORGANISER]))

    assert organiser.get(PAGE).status_code != 200
    assert "All figures" not in organiser.get("/office/").content.decode()
    assert "7 checks in the last 30 days" in client_for(officer()).get("/office/").content.decode()


def test_a_year_asks_as_few_statements_as_a_day(client_for):
    browser = client_for(officer())
    browser.get(PAGE)

    def statements():
        with CaptureQueriesContext(connection) as done:
            browser.get(PAGE, {"days": "365"})
        return len(done)

    count_on(1, "number", "valid", 7)
    one = statements()
    for back in range(2, 60):
        count_on(back, "number", "valid", back)
    assert statements() == one


def test_the_busiest_day_reaches_the_top_and_parts_lie_upon_each_other():
    today = clock.local_day()

    drawn = chart([Day(today, {"valid": 3, "revoked": 1}), Day(today, {}), Day(today, {"valid": 2})])

    assert drawn.most == 4
    assert [(bar.valid_y, bar.valid_height, bar.other_y, bar.other_height) for bar in drawn.bars] == [
        ("40.0", "120.0", "0.0", "40.0"),
        ("80.0", "80.0", "80.0", "0.0"),
    ]


def test_a_holder_sees_the_days_of_their_own_certificate_and_of_no_other(client_for):
    account, stranger = UserFactory(email="own@example.org"), UserFactory(email="other@example.org")
    group = group_with(PersonFactory(user=account, surname="Aliu"), PersonFactory(user=stranger, surname="Zogu"))
    mine, theirs = issued_batch(group).certificates.order_by("person__surname")
    counting.count("number", {"valid": 3}, [mine.number])
    counting.count("number", {"valid": 1}, [mine.number])
    counting.count("number", {"valid": 1}, [mine.number])

    own, other = (client_for(user).get("/en/certificates/").content.decode() for user in (account, stranger))

    assert f"Your certificate was checked 3 times on {clock.local_day():%d.%m.%Y}" in own
    assert "Your certificate was checked" not in other
    assert "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME" in own
    assert mine.number in own
    assert theirs.number not in own
