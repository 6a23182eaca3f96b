"""What anyone may fetch of us: our DID document and keys, the status lists, the log. No address names a person.

The views serve it and the mirror writes it; both therefore say the same.
"""

from django.core.exceptions import ObjectDoesNotExist

from certification import signing
from certification.formats import did, tiles
from certification.models import Checkpoint, LogEntry, LogNode, StatusList


class NotPublished(LookupError):
    """There is no such file, or not yet."""


def did_document() -> dict:
    return did.document(signing.issuer_did(), signing.published_keys())


def key_set() -> dict:
    return did.jwks(signing.issuer_did(), signing.published_keys())


def status_list(number: int) -> tuple[bytes, str]:
    """The list as signed JSON and as a token. Raises NotPublished."""
    found = StatusList.objects.filter(pk=number, version__gt=0).values_list("content", "jwt").first()
    if found is None:
        raise NotPublished(f"There is no status list {number}.")
    return bytes(found[0]), found[1]


def checkpoint() -> str:
    """The newest signed note about the log, with what witnesses have cosigned. Raises NotPublished."""
    try:
        return with_cosignatures(Checkpoint.objects.latest("size"))
    except ObjectDoesNotExist:
        raise NotPublished("The log has no checkpoint yet.") from None


def with_cosignatures(kept: Checkpoint) -> str:
    return kept.note + "".join(kept.cosignatures.order_by("at", "pk").values_list("line", flat=True))


def tile(path: str) -> bytes:
    """The content of ``path`` (tile/0/000.p/7), read from the log's rows. Raises NotPublished, tiles.BadTile.

    Nothing is told of entries that no checkpoint covers: what we have not signed we might still have to explain.
    """
    wanted = tiles.Tile.parse(path)
    size = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    first, end = wanted.index * tiles.WIDTH, wanted.index * tiles.WIDTH + wanted.width
    if end > size >> (tiles.HEIGHT * (wanted.level or 0)):
        raise NotPublished(f"{path} is not written yet; the log has {size} entries.")
    if wanted.level:
        nodes = LogNode.objects.filter(level=wanted.level * tiles.HEIGHT, index__gte=first, index__lt=end)
        return b"".join(bytes(each) for each in nodes.order_by("index").values_list("hash", flat=True))
    column = "entry" if wanted.level is None else "leaf_hash"
    rows = LogEntry.objects.filter(index__gte=first, index__lt=end).order_by("index").values_list(column, flat=True)
    found = [bytes(each) for each in rows]
    return tiles.write_bundle(found) if wanted.level is None else b"".join(found)
