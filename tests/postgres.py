"""A PostgreSQL of our own for as long as the tests run: the system's binaries, a socket, no port, nothing kept.

`python -m tests.postgres COMMAND …` runs a command beside such a server, with its address in EMS_DATABASE_URL.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine

BINARIES = max(
    Path("/usr/lib/postgresql").glob("*/bin"),
    default=None,
    key=lambda path: [int(n) for n in path.parent.name.split(".")],
)
USER = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root


@contextmanager
def postgres() -> Iterator[str]:
    home = Path(tempfile.mkdtemp(prefix="ems-"))
    if USER:
        shutil.chown(home, USER)

    def run(program: str, *args: str) -> None:
        subprocess.run(
            [f"{BINARIES}/{program}", "-D", home / "data", *args],
            user=USER, cwd=home, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    try:
        run("initdb", "--auth=trust", "--username=ems", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        run("pg_ctl", "start", "-w", "-l", f"{home}/log", "-o", f"-k {home} -c listen_addresses= -c fsync=off")
        try:
            yield f"postgresql+psycopg://ems@/postgres?host={home}"
        finally:
            run("pg_ctl", "stop", "-m", "immediate")
    finally:
        shutil.rmtree(home)


SWEEP = """
DO $$ DECLARE name text; filled boolean;
BEGIN
  SET LOCAL lock_timeout = '20s';
  SET LOCAL session_replication_role = replica;  -- no foreign key asks in which order
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || name || ')' INTO filled;
    IF filled THEN EXECUTE 'DELETE FROM ' || name; END IF;
  END LOOP;
  FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
  LOOP EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART'; END LOOP;
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'kept' LOOP
    EXECUTE 'INSERT INTO public.' || name || ' SELECT * FROM kept.' || name;
  END LOOP;
END $$"""


def swept(engine: Engine, tables: int) -> bool:
    """The tables are empty again but for what was kept, sooner than they could be made. False: nothing is kept."""
    with engine.begin() as connection:
        there = "SELECT count(*) FILTER (WHERE schemaname = 'public'), count(*) FILTER (WHERE schemaname = 'kept')"
        public, kept = connection.exec_driver_sql(f"{there} FROM pg_tables").one()
        if kept and public >= tables:
            connection.exec_driver_sql(SWEEP)
            return True
        connection.exec_driver_sql(EMPTIED)
    return False


def keep(engine: Engine, names: list[str]) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
        for name in names:
            connection.exec_driver_sql(f'CREATE TABLE kept."{name}" AS TABLE public."{name}"')


EMPTIED = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


def emptied(url: str) -> str:
    """The same database, without a table."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(EMPTIED)
    return url


@pytest.fixture(scope="session")
def server():
    if BINARIES is None:
        if os.environ.get("CI"):
            pytest.fail("no PostgreSQL here: .ci/system.sh test installs it")
        pytest.skip("no PostgreSQL here: .ci/system.sh test installs it")
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    return "sqlite://" if request.param == "sqlite" else request.getfixturevalue("server")


if __name__ == "__main__":
    with postgres() as url:
        sys.exit(subprocess.run(sys.argv[1:], env=os.environ | {"EMS_DATABASE_URL": url}, check=False).returncode)
