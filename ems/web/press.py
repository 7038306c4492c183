"""The child process that prints: HTML in, PDF out. `python -I press.py LOCK STYLE`.

Started by its path: as a part of the package it would load the whole application first, a second for nothing.
"""

import fcntl
import os
import sys
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher

UNKIND = 5  # the people at their lists go first
DOTS, QUALITY = 200, 80  # of photographs: a phone's twelve million dots are for a wall, not for a page


def main(lock: str, style: str) -> None:
    os.nice(UNKIND)
    html = sys.stdin.buffer.read().decode()
    with Path(lock).open("w", encoding="ascii") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)  # one at a time: a report takes a core and 200 MB
        own = URLFetcher(allowed_protocols=("data",))  # what people write opens no file and no address
        asked = {"stylesheets": [CSS(filename=style)], "dpi": DOTS, "jpeg_quality": QUALITY}
        pdf = HTML(string=html, url_fetcher=own).write_pdf(**asked)
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main(*sys.argv[1:])
