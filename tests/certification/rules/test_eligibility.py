"""Eligibility: every reason is named, and a lapsed licence matters only where the edition says so."""

from dataclasses import replace
from datetime import date

from certification.rules.eligibility import Case, LicenceOnDays, Reason, Verdict, judge, name_problems

DONE = Case(completed_on=date(2026, 5, 1), missing=(), licence_must_be_in_force=False, licence=None)


def codes(verdict):
    return [reason.code for reason in verdict.reasons]


def test_whoever_completed_is_due():
    assert judge(DONE) == Verdict(eligible=True, reasons=())
    assert judge(DONE).ready


def test_what_is_missing_is_passed_on():
    missing = (Reason("day_missing", "D4", "trainer"), Reason("day_missing", "D5", "trainer"))

    assert judge(replace(DONE, completed_on=None, missing=missing)) == Verdict(False, missing)


def test_who_has_a_live_certificate_stays_eligible_but_is_not_ready_for_another():
    verdict = judge(replace(DONE, live_certificate="2026-REF-000001"))

    assert verdict == Verdict(eligible=True, reasons=(Reason("already_issued", "2026-REF-000001", "nobody"),))
    assert not verdict.ready


def test_after_a_revocation_nothing_is_issued_anew_by_itself():
    verdict = judge(replace(DONE, revoked_certificate="2026-REF-000001"))

    assert verdict == Verdict(eligible=False, reasons=(Reason("revoked_before", "2026-REF-000001", "commission"),))


def test_a_completion_whose_evidence_changed_is_not_due():
    assert codes(judge(replace(DONE, missing=(Reason("day_missing", "D4", "trainer"),)))) == ["day_missing"]


def test_a_licence_matters_only_where_the_edition_says_so():
    lapsed = LicenceOnDays("DEMO-0003", in_force_at_completion=False, in_force_at_issue=False)

    assert judge(replace(DONE, licence=lapsed)).eligible
    assert codes(judge(replace(DONE, licence=lapsed, licence_must_be_in_force=True))) == [
        "licence_not_in_force_at_completion",
        "licence_not_in_force_at_issue",
    ]
    assert codes(judge(replace(DONE, licence_must_be_in_force=True))) == ["no_licence"]


def test_a_licence_in_force_on_both_days_is_enough():
    licence = LicenceOnDays("DEMO-0001", in_force_at_completion=True, in_force_at_issue=True)

    assert judge(replace(DONE, licence=licence, licence_must_be_in_force=True)).eligible


def test_names_of_both_scripts_and_marks_are_fine():
    for name in (
        "Çlirim Gjergjaj",
        "Љубиша Џамбић",
        "Živka Đukić Mitić",
        "Gülşen Kırveş",
        "Rina O’Hara",
        "Rina OʼHara",
        "Besë",
    ):
        assert name_problems(name) == ()


def test_doubtful_letters_in_a_name_are_named():
    assert name_problems("Ðorđe Petrović") == (Reason("icelandic_eth", "Ðorđe Petrović"),)
    assert name_problems("Ана Петpовић") == (Reason("mixed_scripts", "Петpовић"),)
    assert name_problems("Krasniqё") == (Reason("mixed_scripts", "Krasniqё"),)  # Cyrillic ё
    assert name_problems("Kοsova") == (Reason("mixed_scripts", "Kοsova"),)  # Greek ο
    assert name_problems("Ana\x0bGashi")[0] == Reason("unprintable_character", "U+000B")
    assert name_problems("Ana\ue000")[0] == Reason("unprintable_character", "U+E000")
    assert name_problems("Ana\u202eGashi")[0] == Reason("unprintable_character", "U+202E")
    assert name_problems("A" * 81) == (Reason("name_too_long", "81"),)
    assert name_problems("--") == (Reason("name_empty"),)
