"""One connection kept open, a closed loop, the median of many: how long a page takes."""

import http.client
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode


@dataclass
class Browser:
    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method: str, path: str, form: dict[str, Any] | None = None) -> tuple[int, bytes, Any]:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Connection": "keep-alive"}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"http://127.0.0.1:{self.port}/",
            }
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";", 1)[0].partition("=")
            self.cookies[name] = value
        return answer.status, content, answer.headers

    def log_in(self, username: str, password: str) -> None:
        token = self.token("/login")
        status, body, _ = self.ask("POST", "/login", {"username": username, "password": password, "csrf_token": token})
        if status != 303 and status != 302:  # noqa: PLR1714
            raise SystemExit(f"log-in failed: {status} {body[:300]!r}")

    def token(self, path: str) -> str:
        page = self.ask("GET", path)[1].decode()
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        if found is None:
            raise SystemExit(f"no form at {path}: {page[:300]}")
        return found[1]

    def beside(self) -> "Browser":
        """The same person, over a connection of their own."""
        return Browser(self.port, dict(self.cookies))


def together(browser: Browser, call: Callable[[Browser], None], each: int, connections: int = 8) -> float:
    """Calls a second, of so many connections at once that each call `each` times. A call that fails ends it all."""
    failed: list[BaseException] = []

    def work() -> None:
        own = browser.beside()
        try:
            for _ in range(each):
                call(own)
        except BaseException as error:  # noqa: BLE001  told below
            failed.append(error)

    workers = [threading.Thread(target=work) for _ in range(connections)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise failed[0]
    return connections * each / (time.perf_counter() - start)


def timed(call: Any, n: int = 60, warm: int = 8) -> dict[str, float]:
    """Milliseconds of `call`, after a warm-up: the median and the 95th of a hundred."""
    for _ in range(warm):
        call()
    spent = []
    for _ in range(n):
        start = time.perf_counter()
        call()
        spent.append((time.perf_counter() - start) * 1000)
    return {"p50": median(spent), "p95": quantiles(spent, n=20)[-1]}
