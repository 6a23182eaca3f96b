"""Approval of what authors submit: a step of Wagtail's moderation in which nobody approves their own writing."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.locks import WorkflowLock
from wagtail.models import AbstractGroupApprovalTask, PagePermissionTester, TaskState


class FourEyes(PagePermissionTester):
    """Whoever may write here publishes nothing past the workflow, also when another role lets them publish."""

    def can_publish(self):
        return super().can_publish() and not self._writes()

    def can_publish_subpage(self):
        return super().can_publish_subpage() and not self._writes()

    def _writes(self):
        return not self.user.is_superuser and not self.permissions.isdisjoint({"add", "change"})


class Moderated:
    """A page that is written by one person and published by another."""

    def permissions_for_user(self, user):
        return FourEyes(user, self)


class WaitingLock(WorkflowLock):
    """What was submitted is what will be approved: the text is still while it waits."""

    def for_user(self, user):
        return True

    def get_message(self, user):
        return format_html(
            '{} <a href="{}">{}</a>',
            _("This page waits for approval, and its text cannot be changed meanwhile. Its author may take it back."),
            reverse("wagtailadmin_home"),
            _("Whoever approves finds it on the start page."),
        )


class ApprovalTask(AbstractGroupApprovalTask):
    """Members of its groups approve or ask for changes, unless they wrote or submitted it themselves."""

    lock_class = WaitingLock

    class Meta:
        verbose_name = gettext_lazy("approval by somebody else")
        verbose_name_plural = gettext_lazy("approvals by somebody else")

    @classmethod
    def get_description(cls):
        return _("Members of the chosen groups approve, but nobody what they wrote or submitted themselves.")

    def locked_for_user(self, obj, user):
        return True

    def user_can_lock(self, obj, user):
        return False

    def get_actions(self, obj, user):
        return [] if _is_own(obj, obj.current_workflow_state, user) else super().get_actions(obj, user)

    def get_task_states_user_can_moderate(self, user, **kwargs):
        states = super().get_task_states_user_can_moderate(user, **kwargs)
        own = [
            state.pk
            for state in states.select_related("workflow_state")
            if _is_own(state.workflow_state.content_object, state.workflow_state, user)
        ]
        return TaskState.objects.filter(pk__in=states.values("pk")).exclude(pk__in=own)

    def on_action(self, task_state, user, action_name, **kwargs):
        """After approving, to the page that says which edition holds; those who approve may not open the editor."""
        super().on_action(task_state, user, action_name, **kwargs)
        page = task_state.workflow_state.content_object
        return reverse("page_approved", args=[page.pk]) if action_name == "approve" else reverse("wagtailadmin_home")


def _is_own(page, workflow_state, user) -> bool:
    """Did ``user`` submit ``page``, or write any of it since it was last published?"""
    if workflow_state is not None and workflow_state.requested_by_id == user.pk:
        return True
    written = page.revisions.filter(user=user)
    if page.live_revision_id:
        written = written.filter(pk__gt=page.live_revision_id)
    return written.exists()
