"""What a browser has to fetch for any page."""

import gzip
from pathlib import Path

from django.contrib.staticfiles import finders

from lms.pages.bundles import BUNDLES, BundleFinder


def test_a_bundle_holds_its_parts_in_their_order():
    made = Path(finders.find("css/site.css")).read_text()

    parts = [Path(finders.find(part)).read_text() for part in BUNDLES["css/site.css"]]

    assert made == "\n".join(parts)


def test_a_bundle_is_made_anew_when_a_part_is_younger(tmp_path, settings):
    settings.BASE_DIR = tmp_path
    for part in [part for parts in BUNDLES.values() for part in parts]:
        (tmp_path / "static" / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "static" / part).write_text("before")
    finder = BundleFinder()
    made = finder.find("css/site.css")

    (tmp_path / "static" / "css" / "base.css").write_text("after")
    (tmp_path / "static" / "css" / "base.css").touch()

    assert finder.find("css/site.css") == made
    assert "after" in Path(made).read_text()


def test_collecting_static_files_meets_every_bundle():
    assert {path for path, _storage in BundleFinder().list([])} == set(BUNDLES)


def test_style_and_script_of_every_page_stay_within_thirty_kilobytes():
    sizes = {path: len(gzip.compress(Path(finders.find(path)).read_bytes())) for path in BUNDLES}

    assert sum(sizes.values()) <= 30_000, sizes


def test_styles_and_scripts_ask_for_nothing_foreign():
    for path in BUNDLES:
        assert "//" not in Path(finders.find(path)).read_text().replace("// ", "")
