"""Signals this room listens to."""

from datetime import time, timedelta

from django.dispatch import receiver

from certification import holdings, home
from certification.models import Certificate, IssueBatch, RegisterImport
from certification.operations import identifying, keeping_log, reviewing
from courses import completions, identify, prerequisites
from lms.kernel import queue, schedules
from lms.pages.models.pages import home_sections
from lms.people.operations import merging

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
schedules.plan("certification: open review cases", "certification.tasks.open_reviews", every=timedelta(days=1))
schedules.plan(
    "certification: tell holders in time", "certification.tasks.tell_holders_in_time", every=timedelta(days=1)
)


@receiver(completions.evidence_changed)
def compare_evidence(sender, registrations, **kwargs):
    """An amended mark or a new attempt of somebody who has a certificate is looked at once the worker comes to it."""
    certified = Certificate.objects.filter(registration__in=registrations, ended_at__isnull=True)
    found = [str(registration) for registration in certified.values_list("registration", flat=True)]
    if found:
        queue.enqueue("certification.tasks.compare_evidence", found, group="reviews")


@receiver(merging.persons_merged)
def review_after_a_merge(sender, merge, **kwargs):
    """Certificates that came to another person stay as they are; somebody looks whether both are due."""
    reviewing.look_after_merge(
        merge.moved.get("certification.Certificate", []), (merge.survivor.reference, merge.absorbed.reference)
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
