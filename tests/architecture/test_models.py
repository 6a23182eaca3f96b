"""The habits of every model at once: earned rows are protected, decisions are signed, migrations agree."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

OURS = [
    model
    for label in ("courses", "certification", "people", "pages")
    for model in apps.get_app_config(label).get_models()
]


def name_of(field):
    return f"{field.model._meta.label}.{field.name}"


def foreign_keys():
    return [
        field
        for model in OURS
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and not field.remote_field.parent_link
    ]


# What goes with its owner or survives it on purpose. Nothing that was earned is here.
GOES_WITH_ITS_OWNER = {
    "certification.RegisterImportRow.register_import",  # a working list, made again from the file
}
# Wagtail's own kinds of rows: content that authors rewrite, never a record.
CONTENT = {
    "courses.ProgrammeDay", "courses.ProgrammeModule", "courses.Outcome", "courses.ProgrammeOutcome",
    "courses.TrainingDay", "courses.ModuleOutcome",
}  # fmt: skip
SURVIVES = {"people.Person.user"}  # a person stays when the account goes


@pytest.mark.once
def test_no_foreign_key_cascades_into_what_was_earned():
    unprotected = {
        name_of(field): field.remote_field.on_delete.__name__
        for field in foreign_keys()
        if field.remote_field.on_delete is not models.PROTECT
        and name_of(field) not in GOES_WITH_ITS_OWNER | SURVIVES
        and not is_content(field.model)
    }

    assert unprotected == {}


def is_content(model):
    """Is ``model`` part of a page, which Wagtail versions as a whole?"""
    pages = apps.get_model("wagtailcore", "Page")
    parents = [field.related_model for field in model._meta.local_fields if type(field).__name__ == "ParentalKey"]
    return issubclass(model, pages) or any(issubclass(parent, pages) for parent in parents)


# Moments that nobody decides: the system's clock, the person's own doing, or the plan of a session.
NOBODY_DECIDES = {
    "created_at", "starts_at", "ends_at", "opened_at", "last_seen_at", "done_at", "started_at", "deadline_at",
    "finished_at", "saved_at", "captured_at", "completed_at", "published_at", "enrolled_at", "made_at", "seen_at",
    "sent_at",
    "received_at",
    "assessments_close_at",
}  # fmt: skip
# Said by another row: the ledger beside it holds who and why.
SAID_IN_A_LEDGER = {
    "courses.Enrolment.ended_at",  # EnrolmentEvent
    "courses.Waiver.ended_at",  # WaiverEvent
    "courses.Completion.recorded_at",  # follows from evidence, whose rows have their authors
    "courses.Question.retired_at",  # Wagtail's audit log
    "certification.Certificate.issued_at",  # CertificateEvent
    "certification.Certificate.ended_at",  # CertificateEvent
    "certification.Certificate.erased_at",  # Erasure
    "certification.SigningKey.retired_at",  # the log's entry of the key; whoever has the settings in hand does it
    "certification.SigningKey.compromised_at",  # likewise
    "people.NameForm.recorded_at",  # Wagtail's audit log
}


@pytest.mark.once
def test_every_moment_of_a_decision_says_whose_it_was():
    unsigned = [
        name_of(field)
        for model in OURS
        for field in model._meta.local_fields
        if isinstance(field, models.DateTimeField)
        and field.name.endswith("_at")
        and field.name not in NOBODY_DECIDES
        and name_of(field) not in SAID_IN_A_LEDGER
        and not is_content(model)
        and f"{field.name[:-3]}_by" not in {other.name for other in model._meta.local_fields}
    ]

    assert unsigned == []


@pytest.mark.once
def test_dates_moments_and_booleans_are_named_for_what_they_are():
    misnamed = [
        name_of(field)
        for model in OURS
        for field in model._meta.local_fields
        if not is_content(model)
        and (
            (
                type(field) is models.DateTimeField
                and not field.name.endswith("_at")
                and field.name not in {"at", "date_joined", "last_login", "active_from"}
            )
            or (type(field) is models.DateField and field.name.endswith("_at"))
        )
    ]

    assert misnamed == []


@pytest.mark.django_db
def test_the_migrations_agree_with_the_models():
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


@pytest.mark.once
def test_every_model_of_ours_can_be_told_apart_in_lists():
    wordless = [model._meta.label for model in OURS if model.__str__ is models.Model.__str__]

    assert wordless == []
