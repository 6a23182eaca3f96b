"""Signals this room listens to."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models.signals import post_migrate, post_save
from django.dispatch import receiver
from wagtail.signals import page_published

from courses.models import Assessment, CatalogueIndexPage, LessonPage, ModulePage, ProgrammePage
from courses.operations import authoring, publishing
from lms.kernel import schedules

log = logging.getLogger(__name__)

schedules.plan("courses: close overdue attempts", "courses.tasks.close_overdue_attempts", every=timedelta(minutes=1))
schedules.plan("courses: catch up completions", "courses.tasks.catch_up_completions", every=timedelta(days=1))
schedules.plan("courses: delete files laid long ago", "courses.tasks.forget_laid_files", every=timedelta(days=1))


@receiver(page_published)
def cut_editions(sender, instance, **kwargs):
    """What was published becomes an edition of every programme it belongs to, once it is really saved."""
    if isinstance(instance, (ProgrammePage, ModulePage, LessonPage)) and instance.alias_of_id is None:
        transaction.on_commit(lambda: _cut(publishing.cut_editions_with_page, instance))


@receiver(post_save, sender=CatalogueIndexPage)
def let_authors_write(sender, created, raw, **kwargs):
    if created and not raw:
        authoring.open_catalogue()


@receiver(post_migrate, dispatch_uid="let_authors_write_where_a_catalogue_was_before")
def let_authors_write_since_before(sender, apps, **kwargs):
    # Asked of the tables that exist now: one may also migrate backwards.
    if sender.name == "courses" and "approvaltask" in apps.all_models["courses"]:
        authoring.open_catalogue()


@receiver(post_save, sender=Assessment)
def cut_editions_with_assessment(sender, instance, raw, **kwargs):
    if not raw:
        transaction.on_commit(lambda: _cut(publishing.cut_editions_with_module_code, instance.module_code))


def _cut(cut, subject):
    try:
        cut(subject)
    except publishing.PublishRefused as refused:
        # The page is live and stays; whoever published it is told on the screen (courses/admin/catalogue.py).
        log.warning("No edition of %s: %s", getattr(subject, "pk", subject), refused)
