"""The keys a new house makes for itself."""

import subprocess
import sys

from ems.config import kept


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    key = kept(tmp_path / "deep" / "secret")
    assert len(key) > 40
    assert kept(tmp_path / "deep" / "secret") == key
    assert (tmp_path / "deep" / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["secret"]


def test_processes_that_start_at_once_get_the_same_key(tmp_path):
    words = "import sys; from pathlib import Path; from ems.config import kept; print(kept(Path(sys.argv[1])))"
    command = [sys.executable, "-c", words, str(tmp_path / "secret")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    keys = {process.communicate(timeout=60)[0].strip() for process in started}
    assert len(keys) == 1
    assert len(keys.pop()) > 40
