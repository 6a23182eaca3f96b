"""Authoring: who writes in the catalogue, who brings pictures and files, and who approves what is to be published."""

from itertools import chain

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from courses.models import ApprovalTask, CatalogueIndexPage
from lms.people import roles

# Authors submit; approving publishes. The right to publish lets officers also take a page off the site.
_ON_PAGES = {roles.COURSE_AUTHOR: ("add_page", "change_page"), roles.COUNCIL_OFFICER: ("publish_page",)}
_ON_FILES = ("add_image", "choose_image", "add_document", "choose_document")


@transaction.atomic
def open_catalogue() -> None:
    """Let course authors write in the catalogue of every language, and Council officers approve. Safe to repeat.

    A catalogue that has a workflow of its own keeps it.
    """
    catalogues = list(CatalogueIndexPage.objects.all())
    if not catalogues:
        return
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in _ON_PAGES}
    authors = groups[roles.COURSE_AUTHOR]
    permissions = {
        permission.codename: permission
        for permission in Permission.objects.filter(
            content_type__app_label__in=["wagtailcore", "wagtailimages", "wagtaildocs"],
            codename__in=[*chain(*_ON_PAGES.values()), *_ON_FILES],
        )
    }
    for page in catalogues:
        for role, names in _ON_PAGES.items():
            for name in names:
                GroupPagePermission.objects.get_or_create(group=groups[role], page=page, permission=permissions[name])
    for name in _ON_FILES:
        GroupCollectionPermission.objects.get_or_create(
            group=authors, collection=Collection.get_first_root_node(), permission=permissions[name]
        )
    translate = Permission.objects.filter(content_type__app_label="wagtail_localize", codename="submit_translation")
    authors.permissions.add(*translate)
    workflow = _workflow()
    for page in catalogues:
        WorkflowPage.objects.get_or_create(page=page, defaults={"workflow": workflow})


def _workflow() -> Workflow:
    """The workflow with the officers' approval as its only step; an existing one stays as an administrator made it."""
    task = ApprovalTask.objects.order_by("pk").first()
    with translation.override(settings.LANGUAGE_CODE):  # names are data, written once
        if task is None:
            task = ApprovalTask.objects.create(name=_("Approval by the Council"))
            task.groups.add(Group.objects.get_or_create(name=roles.COUNCIL_OFFICER)[0])
        workflow = task.workflows.first()
        if workflow is None:
            workflow = Workflow.objects.create(name=_("Approval by the Council"))
            WorkflowTask.objects.create(workflow=workflow, task=task.task_ptr)
    return workflow
