"""The queue: the only importer of django-q2. Tasks take identifiers and may run twice."""

import gc
from typing import NamedTuple

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import connection, transaction
from django_q.brokers import get_broker
from django_q.signals import post_spawn as worker_started
from django_q.status import Stat
from django_q.tasks import async_task
from redis import RedisError

__all__ = ["FAILURES", "State", "enqueue", "state", "worker_started"]

FAILURES = (DatabaseFailure, RedisError)  # what a broker that does not answer raises


def enqueue(task: str, *args, group: str = "") -> None:
    """Run the function at dotted path ``task`` with ``args`` in the worker, after this transaction commits.

    With the database broker the task is a row of this very transaction (an outbox: it commits or vanishes with
    the facts). With Redis it is handed over on commit; what is lost between the two is found by the nightly sweep.
    """
    options = {"group": group} if group else {}
    if "orm" in settings.Q_CLUSTER or not connection.in_atomic_block:
        async_task(task, *args, q_options=options)
    else:
        transaction.on_commit(lambda: async_task(task, *args, q_options=options))


def _spare_the_collector(**_kwargs) -> None:
    """What a worker was started with stays until it ends, so it is not looked through again and again.

    Drawing a page makes tens of thousands of objects; with the default threshold a fifth of its time went into
    searching the whole program for rubbish.
    """
    if gc.get_freeze_count():
        return  # done already in this process
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


worker_started.connect(_spare_the_collector)


class State(NamedTuple):
    waiting: int  # tasks that no worker has taken yet
    workers: int  # worker processes that gave a sign of life in the last seconds


def state() -> State:
    """What the broker and the workers say of themselves. Raises one of FAILURES when the broker does not answer."""
    broker = get_broker()
    broker.ping()
    return State(broker.queue_size(), sum(len(cluster.workers) for cluster in Stat.get_all(broker)))
