"""Files that no address ever serves: what people upload for the worker to read. Kept outside the media folder."""

from django.conf import settings
from django.core.files.storage import FileSystemStorage


class PrivateStorage(FileSystemStorage):
    """Files under ``PRIVATE_ROOT``, readable by this installation's own user only, without an address."""

    def __init__(self):
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self):
        return settings.PRIVATE_ROOT

    @property
    def location(self):
        return str(settings.PRIVATE_ROOT)

    def url(self, name):
        raise ValueError(f"{name} is private and has no address.")


def private_storage() -> PrivateStorage:
    """The storage for ``FileField(storage=private_storage)``; named in migrations instead of a folder."""
    return PrivateStorage()
