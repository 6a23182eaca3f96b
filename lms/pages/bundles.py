"""Static bundles: small style sheets and scripts are written apart and sent to the browser as one file each."""

import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# What the browser asks for, and the files it is made of, in this order.
BUNDLES = {
    "css/site.css": ["css/tokens.css", "css/base.css", "css/components.css"],
    "js/lesson-page.js": ["js/lesson.js", "js/knowledge_check.js"],
    "js/site.js": ["js/shell.js", "js/dialog.js", "js/tabs.js", "js/toast.js"],
}


class BundleFinder(BaseFinder):
    """Makes each bundle in ``var/bundles`` whenever one of its parts is younger, for collectstatic and development."""

    def __init__(self, app_names=None, *args, **kwargs):
        self.source = settings.BASE_DIR / "static"
        self.storage = FileSystemStorage(location=settings.BASE_DIR / "var" / "bundles")
        super().__init__(*args, **kwargs)

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        if path not in BUNDLES:
            return []
        found = str(self._made(path))
        return [found] if find_all else found

    def list(self, ignore_patterns):
        for path in BUNDLES:
            self._made(path)
            yield path, self.storage

    def _made(self, path: str) -> Path:
        parts = [self.source / part for part in BUNDLES[path]]
        made = Path(self.storage.path(path))
        if not made.exists() or made.stat().st_mtime < max(part.stat().st_mtime for part in parts):
            made.parent.mkdir(parents=True, exist_ok=True)
            fresh = made.with_suffix(f".{os.getpid()}")
            fresh.write_text("\n".join(part.read_text() for part in parts))
            fresh.replace(made)  # another process never sees half a file
        return made
