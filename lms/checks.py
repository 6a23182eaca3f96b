"""System checks: what would only show at night on a server is said at the start instead."""

import base64
import binascii

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security)
def keys_are_usable(app_configs, **kwargs):
    try:
        seed = base64.b64decode(settings.SIGNING_KEY, validate=True)
    except (binascii.Error, ValueError):
        seed = b""
    if len(seed) != 32:
        return [
            Error(
                f"SIGNING_KEY holds {len(seed)} bytes of base64; it must be an Ed25519 seed of exactly 32.",
                hint="Make one with: python -c 'import os,base64; print(base64.b64encode(os.urandom(32)).decode())'",
                id="deshmi.E001",
            )
        ]
    return []


@register(Tags.database)
def queue_does_not_start_tasks_twice(app_configs, **kwargs):
    cluster = settings.Q_CLUSTER
    if cluster["timeout"] >= cluster["retry"]:
        return [
            Error(
                f"The queue gives a task {cluster['timeout']} s but hands it out again after {cluster['retry']} s.",
                hint="Set Q_CLUSTER['retry'] above Q_CLUSTER['timeout'].",
                id="deshmi.E002",
            )
        ]
    return []
