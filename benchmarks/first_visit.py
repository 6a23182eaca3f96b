"""The first visit to a lesson by a browser that has nothing yet: requests and bytes over the wire."""

import re
import shutil

from playwright.sync_api import sync_playwright

from benchmarks.lesson import page_and_users


def measure(stage) -> dict:
    page, users = page_and_users()
    path, cookies = page.url, stage.cookies_of(users[0])
    sizes: dict[str, int] = {}
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        # The server is told that a proxy speaks TLS for it, so that the secure session cookie is real.
        context = browser.new_context(extra_http_headers={"X-Forwarded-Proto": "https"}, locale="en")
        context.add_cookies([{"name": name, "value": value, "url": stage.address} for name, value in cookies.items()])
        tab = context.new_page()
        session = context.new_cdp_session(tab)
        session.send("Network.enable")
        asked: dict[str, str] = {}
        session.on(
            "Network.requestWillBeSent", lambda event: asked.__setitem__(event["requestId"], event["request"]["url"])
        )
        session.on(
            "Network.loadingFinished",
            lambda event: sizes.__setitem__(asked.get(event["requestId"], "?"), int(event["encodedDataLength"])),
        )
        tab.goto(f"{stage.address}{path}", wait_until="networkidle")
        assert re.search(r"/account/login", tab.url) is None, "the session was not taken"
        browser.close()
    own = {url: size for url, size in sizes.items() if url.startswith(stage.address)}
    return {
        "requests": len(own),
        "kilobytes": round(sum(own.values()) / 1000, 1),
        "foreign": sorted(url for url in sizes if url not in own and not url.startswith("data:")),
        "each": {url.removeprefix(stage.address): size for url, size in sorted(own.items())},
        "reach": "≤ 6 requests, ≤ 60 kB, nothing foreign",
    }
