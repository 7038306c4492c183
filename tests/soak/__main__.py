"""`make soak`: a year, 5,000 cases, 4 processes on PostgreSQL, 60 kills."""

import argparse
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from tests.postgres import postgres
from tests.soak.run import Verdict, soak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--cases", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=14001)
    asked = parser.parse_args()
    start = time.monotonic()
    with postgres() as url, tempfile.TemporaryDirectory() as home:
        first = date(2026, 1, 1)
        found = soak(url, Path(home), first, asked.days, asked.cases, asked.kills, seed=asked.seed)
        log = (Path(home) / "log").read_text(encoding="utf-8")
    summary(found, time.monotonic() - start)
    if not found.sound:
        print(log[-4000:], file=sys.stderr)
        sys.exit(1)


def summary(found: Verdict, seconds: float) -> None:
    print(f"{found.days} days, {found.cases:,} duties, 4 processes, {found.kills} killed ({found.cut} of them at work, "
          f"{found.posting} while posting; {found.left} turns left open), {seconds:.0f} s")  # fmt: skip
    print(f"told {found.told:,} times: {found.rungs}, {found.deputies} to deputies")
    print(f"missed {len(found.missed)}, wrong {len(found.wrong)}, doubled {found.doubled} in the ledger and "
          f"{found.doubled_inbox} in the inbox")  # fmt: skip
    print(f"mails {found.mails:,}, lost {found.lost_mails}, repeated {sum(found.repeated.values())}")
    for kind in ("missed", "wrong"):
        for told in getattr(found, kind)[:10]:
            print(f"  {kind}: {told}")
    print("sound" if found.sound else "NOT SOUND")


if __name__ == "__main__":
    main()
