"""The demo's keys: what is issued first is signed with an earlier key, which then makes room for today's.

Both follow from SIGNING_KEY, so that every demonstration on one machine has the same.
"""

from datetime import timedelta

from certification import signing
from certification.models import KeyRequest, SigningKey
from certification.operations import turning_keys
from lms.kernel import clock


def begin_with_the_earlier_one() -> None:
    """Enter the earlier key as the first for credentials. Does nothing when one is entered, or none is derived."""
    if SigningKey.objects.filter(purpose=signing.CREDENTIAL).exists():
        return
    earlier = next((key for key in signing.held(signing.CREDENTIAL) if key.source.startswith("earlier")), None)
    if earlier is None:
        return
    now = clock.now()
    SigningKey.objects.create(
        purpose=earlier.purpose,
        kid=earlier.kid,
        public=earlier.public,
        backend_uri=earlier.source,
        published_at=now - turning_keys.PUBLISHED_BEFORE,
    )


def rotate(*, by, approver) -> None:
    """Publish today's key and put it to use a week later, as officers would. Does nothing when it was done."""
    current = signing.in_use(signing.CREDENTIAL)
    if not current.source.startswith("earlier"):
        return
    today = next(key for key in signing.held(signing.CREDENTIAL) if key.kid != current.kid)
    published = clock.now()
    key = turning_keys.publish(signing.CREDENTIAL, today.kid, by=by)
    with clock.standing_at(published + turning_keys.PUBLISHED_BEFORE + timedelta(hours=1)):
        asked = turning_keys.request(key, KeyRequest.Kind.ACTIVATE, by=by, note="yearly rotation (demo)")
        turning_keys.approve(asked, by=approver)
