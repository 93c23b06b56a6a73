"""`make pictures`: pictures of every page of a running demo, in both languages, on a desk and on a phone.

Says of every page what was wrong with it: an answer of 400 and more, an error of a script, a page wider
than the screen. Ends with 1 if anything was, with 2 if no demo runs there.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

import django

from shopsite import entry


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make pictures", description=__doc__)
    parser.add_argument("--url", default=f"http://127.0.0.1:{os.environ.get('PORT') or 8000}")
    parser.add_argument("--out", type=Path, default=entry.var_folder() / "pictures")
    parser.add_argument(
        "--docs", action="store_true", help="also copy what the documents show to docs/pictures"
    )
    parser.add_argument("--only", nargs="*", default=[], help="names of pages")
    parser.add_argument("--languages", nargs="*", default=[])
    parser.add_argument("--widths", nargs="*", type=int, default=[])
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args(arguments)
    logins = entry.var_folder() / "demo_logins.json"
    if not logins.exists() or not _answers(f"{options.url}/healthz"):
        print(f"No demo answers at {options.url}. Start one: make demo, and name its port: PORT=...")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopsite.settings")
    django.setup()
    return _take(options, {row["login"]: row["password"] for row in json.loads(logins.read_text())})


def _take(options: argparse.Namespace, logins: dict[str, str]) -> int:
    from playwright.sync_api import sync_playwright

    from shopsite.pictures.camera import CHROMIUM, FLAGS, Camera
    from shopsite.pictures.documents import copy_into_documents
    from shopsite.pictures.pages import LANGUAGES, WIDTHS, every_page

    widths = tuple(options.widths or WIDTHS)
    camera = Camera(options.url.rstrip("/"), logins, options.out, widths, options.dark)
    pages = [page for page in every_page() if not options.only or page.name in options.only or page.act]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for language in options.languages or LANGUAGES:
            camera.walk(browser, pages, language)
        browser.close()
    if options.docs:
        print(f"{len(copy_into_documents(options.out))} pictures in docs/pictures")
    for finding in camera.findings:
        print(f"{finding.language} {finding.width or ''} {finding.page}: {finding.words}")
    for words in dict.fromkeys(camera.absent):
        print(f"no example: {words}")
    print(f"{len(camera.taken)} pictures in {options.out}")
    return 1 if camera.findings else 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10):  # noqa: S310 - the demo's own address
            return True
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
