"""Dates as they are written here: day, month, year with dots, and a week that begins on Monday."""

from datetime import date

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, get_format


@pytest.mark.once
@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_a_date_is_written_with_dots_and_the_week_begins_on_monday(language):
    with translation.override(language):
        assert date_format(date(2026, 3, 1), "SHORT_DATE_FORMAT") == "01.03.2026"
        assert get_format("FIRST_DAY_OF_WEEK") == 1
