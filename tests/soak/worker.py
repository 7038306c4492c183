"""One clock process. Each line it reads is a moment: it does every job that is due then, and says so."""

import os
import socket
import sys
from datetime import datetime

from ems import create_app
from ems.config import Config
from ems.core import dates
from ems.reminders import jobs


def main() -> None:
    socket.getfqdn = lambda _name="": f"clock.{os.getpid()}"  # the post office knows by it who sends
    app = create_app(Config.from_env())
    print("ready", flush=True)
    for line in sys.stdin:
        dates.stop_everywhere(datetime.fromisoformat(line.strip()))
        with app.app_context():
            list(jobs.run_all())
        print("done", flush=True)


if __name__ == "__main__":
    main()
