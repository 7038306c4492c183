"""The two services' ends of a webhook, as their papers describe them: what a group hears, and what they refuse."""

import base64
import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

SECRET = "SEC8f0c1"
ALRIGHT = {"errcode": 0, "errmsg": "ok"}


class Service(ThreadingHTTPServer):
    """`heard` are the messages that reached a group. `answers` come first, in this order: a dict, bytes or a status."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Desk)
        self.heard, self.answers, self.asked = [], [], []

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def wecom(self):
        return f"{self.origin}/cgi-bin/webhook/send?key=693a91f6"

    @property
    def dingtalk(self):
        return f"{self.origin}/robot/send?access_token=566cc69d"


class Desk(BaseHTTPRequestHandler):
    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(self.path)
        answer = self.server.answers.pop(0) if self.server.answers else self.judged(said)
        if isinstance(answer, int):
            self.send_response(answer)
            self.send_header("Location", f"{self.server.origin}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_error(404)

    def judged(self, said):
        path, question = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query, strict_parsing=True)
        if path == "/robot/send":
            if not signed(question):
                return {"errcode": 310000, "errmsg": "sign not match"}
            words = said["markdown"]["text"]
            assert said["markdown"]["title"]
            most = 20_000
        else:
            if question != {"key": ["693a91f6"]}:
                return {"errcode": 93000, "errmsg": "invalid webhook url"}
            words, most = said["markdown"]["content"], 4096
        if said["msgtype"] != "markdown" or len(words.encode()) > most:
            return {"errcode": 40058, "errmsg": "markdown.content exceed max length"}
        self.server.heard.append(words)
        return ALRIGHT

    def log_message(self, *args):
        pass


def signed(question):
    """Whether the signature is of this moment's stamp, by whoever has the secret."""
    if set(question) != {"access_token", "timestamp", "sign"}:
        return False
    [stamp], [sign] = question["timestamp"], question["sign"]
    made = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(made).decode(), sign)


@contextmanager
def serving():
    service = Service()
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        thread.join()
        service.server_close()
