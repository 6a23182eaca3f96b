"""Merging: two entries turn out to be one person. Everything that hangs on one moves to the other, and can move back.

What is moved is found from the models themselves, so that this room need not know what others hang on a person. What
was issued stays as it was issued: a certificate is only filed elsewhere.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils.translation import gettext as _

from lms.kernel import clock
from lms.people.models import Person, PersonalNumberAccess, PersonMerge

# Sent inside the transaction with ``merge``.
persons_merged = Signal()
# They tell of the entry itself, not of the person.
_STAYS = (PersonMerge, PersonalNumberAccess)
_ACCOUNT = "people.User"


class MergeRefused(ValueError):
    """These two cannot be one person, or not yet; the message says why and what to do."""


def what_would_move(absorbed: Person) -> list[tuple[str, int]]:
    """What hangs on ``absorbed``, by kind, with how much of it."""
    found = [
        (str(model._meta.verbose_name_plural), model._default_manager.filter(**{name: absorbed}).count())
        for model, name in _relations()
    ]
    return [(kind, count) for kind, count in found if count]


@transaction.atomic
def merge(survivor: Person, absorbed: Person, *, reason: str, by) -> PersonMerge:
    """Move everything from ``absorbed`` to ``survivor``. Names stay as they are recorded and as they are printed.

    Raises MergeRefused: for different personal numbers or dates of birth, and when both have what one person has once.
    """
    locked = {each.pk: each for each in Person.objects.select_for_update().filter(pk__in=[survivor.pk, absorbed.pk])}
    if len(locked) < 2:
        raise MergeRefused(_("Choose two different persons."))
    survivor, absorbed = locked[survivor.pk], locked[absorbed.pk]
    _refuse_different(survivor, absorbed)
    moved = {
        model._meta.label: keys for model, name in _relations() if (keys := _move(model, name, absorbed, survivor))
    }
    if (account := absorbed.user) is not None:
        absorbed.user = None
        absorbed.save(update_fields=["user"])
        if not survivor.user_id:
            survivor.user = account
            survivor.save(update_fields=["user"])
        moved[_ACCOUNT] = [str(account.pk)]
    done = PersonMerge.objects.create(
        survivor=survivor, absorbed=absorbed, moved=moved, reason=reason[:300], merged_at=clock.now(), merged_by=by
    )
    persons_merged.send(sender=Person, merge=done)
    return done


@transaction.atomic
def split(done: PersonMerge, *, by) -> None:
    """Move back what ``done`` moved and is still with the survivor. What came later stays with the survivor."""
    done = PersonMerge.objects.select_for_update(of=("self",)).select_related("survivor", "absorbed").get(pk=done.pk)
    if done.split_at:
        raise MergeRefused(_("These two were split again already."))
    names = {model._meta.label: (model, name) for model, name in _relations()}
    for label, keys in done.moved.items():
        if label in names:
            model, name = names[label]
            model._default_manager.filter(pk__in=keys, **{name: done.survivor}).update(**{name: done.absorbed})
    for key in done.moved.get(_ACCOUNT, []):
        Person.objects.filter(pk=done.survivor_id, user=key).update(user=None)
        Person.objects.filter(pk=done.absorbed_id).update(user=key)
    done.split_at, done.split_by = clock.now(), by
    done.save(update_fields=["split_at", "split_by"])


def _refuse_different(survivor: Person, absorbed: Person) -> None:
    numbers = {each.personal_number_index for each in (survivor, absorbed)} - {None}
    if len(numbers) > 1:
        raise MergeRefused(_("They have different personal numbers. Correct the wrong one first."))
    days = {each.birth_date for each in (survivor, absorbed)} - {None}
    if len(days) > 1:
        raise MergeRefused(_("They have different dates of birth. Correct the wrong one first."))
    if PersonMerge.objects.filter(absorbed__in=[survivor, absorbed], split_at__isnull=True).exists():
        raise MergeRefused(_("One of the two was merged into somebody else already."))


def _move(model: Any, name: str, absorbed: Person, survivor: Person) -> list[str]:
    rows = model._default_manager.filter(**{name: absorbed})
    keys = [str(key) for key in rows.values_list("pk", flat=True)]
    if keys:
        try:
            with transaction.atomic():
                model._default_manager.filter(pk__in=keys).update(**{name: survivor})
        except IntegrityError:
            raise MergeRefused(
                _("Both have something that one person has once: %(kind)s. Settle that first.")
                % {"kind": model._meta.verbose_name_plural}
            ) from None
    return keys


def _relations() -> Iterator[tuple[Any, str]]:
    """Every model that points to a person, with the name of the field that does."""
    for model in apps.get_models():
        if model in _STAYS or not model._meta.managed or model._meta.proxy:
            continue
        for field in model._meta.local_fields:
            if field.related_model is Person:
                yield model, field.name
