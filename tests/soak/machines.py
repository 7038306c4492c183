"""The clock processes: asked for one moment at a time, killed when it is least convenient, started anew."""

import os
import subprocess
import sys
from collections import Counter
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

from aiosmtpd.controller import Controller

ROOT = Path(__file__).parents[2]


class Office:
    """A post office that keeps count of what it takes, by Message-ID."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  the library's name
        self.taken[message_from_bytes(envelope.content)["Message-ID"]] += 1
        return "250 OK"


class Desk(Controller):
    """On whatever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Machines:
    def __init__(self, n: int, around: dict[str, str], log: Path) -> None:
        self.around, self.log = os.environ | around, log.open("a", encoding="utf-8")
        self.running = [self.start() for _n in range(n)]
        for machine in self.running:
            heard(machine, "ready")

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.soak.worker"]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.log}
        return subprocess.Popen(command, cwd=ROOT, env=self.around, text=True, bufsize=1, **pipes)

    def ask(self, moment: datetime, kill: tuple[Random, float] | None = None) -> bool:
        """All do what is due at that moment; one of them is killed meanwhile. Whether it had not finished."""
        for machine in self.running:
            said(machine, moment)
        cut = bool(kill) and self.killed(*kill)
        for machine in self.running:
            if machine.poll() is None:
                heard(machine, "done")
        if kill:
            self.mend(moment)
        return cut

    def killed(self, dice: Random, within: float) -> bool:
        """Some moment `within` so many seconds: into whatever it is doing."""
        Event().wait(dice.uniform(0, within))
        machine = dice.choice(self.running)
        machine.kill()
        machine.wait()
        assert machine.stdout is not None
        return "done" not in machine.stdout.read()

    def mend(self, moment: datetime) -> None:
        for at, machine in enumerate(self.running):
            if machine.poll() is not None:
                close(machine)
                self.running[at] = self.start()
                heard(self.running[at], "ready")
                said(self.running[at], moment)
                heard(self.running[at], "done")

    def stop(self) -> None:
        for machine in self.running:
            close(machine)
            machine.wait(30)
        self.log.close()


def said(machine: subprocess.Popen[str], moment: datetime) -> None:
    assert machine.stdin is not None
    machine.stdin.write(f"{moment.isoformat()}\n")
    machine.stdin.flush()


def heard(machine: subprocess.Popen[str], word: str) -> None:
    assert machine.stdout is not None
    if (line := machine.stdout.readline().strip()) != word:
        raise RuntimeError(f"a clock process said {line!r}, not {word!r}")


def close(machine: subprocess.Popen[str]) -> None:
    for pipe in (machine.stdin, machine.stdout):
        if pipe is not None and not pipe.closed:
            pipe.close()
