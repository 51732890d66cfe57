"""The browser that pages are tried in: one that is there, such as Debian's; none is downloaded."""

from __future__ import annotations

import shutil

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
FLAGS = ["--no-sandbox", "--disable-gpu"]  # as root, in containers
