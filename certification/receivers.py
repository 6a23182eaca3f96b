"""Signals this room listens to."""

from datetime import time, timedelta

from django.dispatch import receiver

from certification import holdings, home
from certification.models import IssueBatch, RegisterImport
from certification.operations import identifying, keeping_log
from courses import identify, prerequisites
from lms.kernel import queue, schedules
from lms.pages.models.pages import home_sections

identify.plug(identifying.persons_by_licence_number)
prerequisites.plug("licence", holdings.what_a_licence_lacks)
home_sections.append(home.section)
# A list says until when it holds, so it is signed anew although nothing has changed.
schedules.plan("certification: publish status lists", "certification.tasks.publish_lists", every=timedelta(hours=1))
schedules.plan("certification: renew proofs", "certification.tasks.renew_proofs", every=timedelta(hours=1))
# What waited for the signer, or for a time stamp, goes on when it answers again.
schedules.plan("certification: resume issuing", "certification.tasks.resume_issuing", every=timedelta(minutes=5))
schedules.plan(
    "certification: publish checkpoint", "certification.tasks.publish_checkpoint", every=keeping_log.CHECKPOINT_EVERY
)
schedules.plan("certification: reconcile", "certification.tasks.reconcile", every=timedelta(days=1), at=time(2, 30))
schedules.plan(
    "certification: mail checkpoint", "certification.tasks.mail_checkpoint", every=timedelta(days=1), at=time(7)
)


@receiver(queue.worker_started)
def resume_what_a_dead_worker_left(sender, **kwargs):
    """A worker that starts takes the place of one that stopped, perhaps in the middle of a batch.

    Without this its rows would wait until the broker hands the task out again, six minutes later.
    """
    if IssueBatch.objects.filter(state=IssueBatch.State.RUNNING).exists():
        queue.enqueue("certification.tasks.resume_issuing", group="certificates")


@receiver(queue.worker_started)
def resume_register_files(sender, **kwargs):
    """A register file is read and written chunk by chunk; the next worker goes on where the last one stopped."""
    if RegisterImport.objects.filter(state__in=[RegisterImport.State.READING, RegisterImport.State.WRITING]).exists():
        queue.enqueue("certification.tasks.resume_register_files", group="register")
