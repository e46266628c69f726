"""A headless Chromium for the scripts: one page, screenshots of what a person would see."""

import contextlib
import os

from playwright.sync_api import sync_playwright

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]


@contextlib.contextmanager
def page():
    """A page of an own browser profile; it ends with the block."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=ARGS)
        try:
            p = browser.new_page(viewport={"width": 1280, "height": 860})
            p.set_default_timeout(90_000)
            yield p
        finally:
            browser.close()
