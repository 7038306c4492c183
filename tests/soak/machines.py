"""The clock processes: asked for one moment at a time, killed when it is least convenient, started anew."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from random import Random
from threading import Event
from typing import Any, TypeAlias

from aiosmtpd.controller import Controller

ROOT = Path(__file__).parents[2]
WITHIN = 0.25  # seconds into a turn, in which a process is killed
Machine: TypeAlias = subprocess.Popen[str]


class Office:
    """A post office that counts what it takes, by Message-ID. Deadly, it kills who brings it the next letter."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.deadly = False

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  the library's name
        self.taken[message_from_bytes(envelope.content)["Message-ID"]] += 1
        if self.deadly:  # taken, and whoever sent it cannot write down that it went
            self.deadly = False
            os.kill(int(session.host_name.rpartition(".")[2]), signal.SIGKILL)
        return "250 OK"


class Desk(Controller):
    """On whatever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Machines:
    def __init__(self, n: int, around: dict[str, str], home: Path) -> None:
        self.around, self.log = os.environ | around, (home / "log").open("a", encoding="utf-8")
        self.running = [self.start() for _n in range(n)]
        for machine in self.running:
            expect(machine, "ready")

    def start(self) -> Machine:
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.log}
        command = [sys.executable, "-m", "tests.soak.worker"]
        return subprocess.Popen(command, cwd=ROOT, env=self.around, text=True, bufsize=1, **pipes)

    def ask(self, moment: datetime, dice: Random | None = None) -> int:
        """All do what is due at that moment; with `dice` one of them is killed meanwhile. How many died at work."""
        for machine in self.running:
            say(machine, moment)
        if dice:
            Event().wait(dice.uniform(0, WITHIN))
            victim = dice.choice(self.running)
            victim.kill()
            victim.wait()
        dead = [at for at, machine in enumerate(self.running) if machine.stdout.readline() != "done\n"]
        for at, machine in enumerate(self.running):
            if at in dead or machine.poll() is not None:  # or killed when it had done its work
                self.replace(at, moment)
        return len(dead)

    def replace(self, at: int, moment: datetime) -> None:
        """The new one does what is left of that moment."""
        close(self.running[at])
        if self.running[at].wait(30) != -signal.SIGKILL:
            raise RuntimeError("a clock process ended by itself")
        self.running[at] = self.start()
        expect(self.running[at], "ready")
        say(self.running[at], moment)
        expect(self.running[at], "done")

    def stop(self) -> None:
        for machine in self.running:
            close(machine)
            machine.wait(30)
        self.log.close()


def say(machine: Machine, moment: datetime) -> None:
    machine.stdin.write(f"{moment.isoformat()}\n")
    machine.stdin.flush()


def expect(machine: Machine, word: str) -> None:
    if (line := machine.stdout.readline().strip()) != word:
        raise RuntimeError(f"a clock process said {line!r}, not {word!r}")


def close(machine: Machine) -> None:
    machine.stdin.close()
    machine.stdout.close()
