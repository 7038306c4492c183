"""`flask serve`: the pages, with the clock inside."""

import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from ems.people.passwords import DEMO_PASSWORD

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.parametrize("database", ["file"], indirect=True)


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(database, data, port):
    around = os.environ | {"EMS_DATABASE_URL": database, "EMS_DATA": str(data), "EMS_PORT": str(port)}
    command = [sys.executable, "-u", "-m", "flask", "--app", "app", "serve"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    server = subprocess.Popen(command, cwd=ROOT, env=around, **pipes)
    try:
        yield server
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_it_says_where_it_is_and_answers_there(app, database, tmp_path, port):
    with serving(database, tmp_path, port) as server:
        assert server.stdout.readline() == f"系统已启动：http://127.0.0.1:{port}   Ctrl+C 停止。\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=30) as page:
            assert DEMO_PASSWORD not in page.read().decode()


def test_in_the_demo_it_names_accounts_and_password(app, cast, database, tmp_path, port):
    (tmp_path / "demo").touch()
    with serving(database, tmp_path, port) as server:
        said = [server.stdout.readline() for _n in range(4)]
    assert said[1] == f"演示账号（密码都是 {DEMO_PASSWORD}）：\n"
    assert said[2].split() == ["liaison", "环保联络员", "liaison"]


def test_a_port_that_is_taken_is_said_in_one_line(app, database, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with serving(database, tmp_path, port) as server:
            said = server.stdout.read()
    assert said.startswith(f"Error: 端口 {port} 用不了")
    assert said.count("\n") == 1
    assert server.returncode == 1
