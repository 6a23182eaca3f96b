"""The queue: a task joins its transaction, is done by the real worker code, and tells when it failed."""

import pytest
from django.core import mail
from django.db import transaction
from django_q.models import OrmQ, Task

from lms.kernel import queue
from tests.conftest import TaskFailed

A_MAIL = ("Hello", "A text", "from@example.org", ["to@example.org"])


@pytest.mark.django_db
def test_a_task_waits_until_the_worker_takes_it(run_queue):
    queue.enqueue("lms.kernel.mail.deliver", *A_MAIL, group="mail")
    assert queue.state().waiting == 1
    assert mail.outbox == []

    done = run_queue()

    assert [(task.func, task.group, task.success) for task in done] == [("lms.kernel.mail.deliver", "mail", True)]
    assert [message.subject for message in mail.outbox] == ["Hello"]
    assert OrmQ.objects.count() == 0
    assert Task.objects.count() == 1


@pytest.mark.django_db
def test_a_task_vanishes_with_the_transaction_that_asked_for_it():
    with transaction.atomic():
        queue.enqueue("lms.kernel.mail.deliver", *A_MAIL)
        transaction.set_rollback(True)

    assert OrmQ.objects.count() == 0


@pytest.mark.django_db
def test_a_failed_task_is_told_with_its_error(run_queue):
    queue.enqueue("lms.kernel.mail.no_such_task")

    with pytest.raises(TaskFailed, match="no_such_task is not defined"):
        run_queue()
