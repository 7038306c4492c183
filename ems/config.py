"""Every setting the application reads from its surroundings, with where it comes from."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Config:
    SECRET_KEY: str
    IDENTITY_KEY: str  # encrypts what must not be read off the disk; keep it apart from the database's backup
    SQLALCHEMY_DATABASE_URI: str
    FILES: str
    BACKUPS: str
    TESTING: bool = False
    DEMO: bool = False  # the log-in page shows the demo accounts
    MAX_CONTENT_LENGTH: int = 64 * 1024 * 1024
    MAX_FORM_MEMORY_SIZE: int = 4 * 1024 * 1024
    SESSION_COOKIE_SECURE: bool = False
    SESSION_COOKIE_HTTPONLY: bool = True
    SESSION_COOKIE_SAMESITE: str = "Lax"
    PERMANENT_SESSION_LIFETIME: timedelta = timedelta(hours=12)
    IDLE_MINUTES: int = 30
    IDLE_MINUTES_ADMIN: int = 15
    ARGON2: str = "strong"  # "cheap" in tests
    BABEL_DEFAULT_LOCALE: str = "zh_CN"
    BABEL_DEFAULT_TIMEZONE: str = "Asia/Shanghai"
    WTF_CSRF_TIME_LIMIT: int | None = None  # as long as the session: nobody loses a long form to a clock
    RATELIMIT_STORAGE_URI: str = "memory://"
    BOOTSTRAP_SERVE_LOCAL: bool = True
    PORT: int = 5000  # of `flask serve`
    BASE_URL: str = "http://127.0.0.1:5000"  # for links in mails
    MAIL_HOST: str = ""  # empty: no mail leaves the house
    MAIL_PORT: int = 25
    MAIL_USER: str = ""
    MAIL_PASSWORD: str = ""
    MAIL_STARTTLS: bool = False
    MAIL_FROM: str = "ems@localhost"
    ROBOT_HOSTS: tuple[str, ...] = ()  # beside those of WeCom and DingTalk, such as https://robot.example
    PROXIES: int = 0  # reverse proxies before us whose X-Forwarded-* are true

    @classmethod
    def from_env(cls) -> Self:
        data = Path(os.environ.get("EMS_DATA") or ROOT / "instance")
        secret = os.environ.get("EMS_SECRET_KEY") or kept(data / "secret")
        mail: dict[str, Any] = {name: os.environ[f"EMS_{name}"] for name in MAIL if f"EMS_{name}" in os.environ}
        return cls(
            SECRET_KEY=secret,
            IDENTITY_KEY=os.environ.get("EMS_IDENTITY_KEY") or kept(data / "identity"),
            SQLALCHEMY_DATABASE_URI=driver(os.environ.get("EMS_DATABASE_URL") or f"sqlite:///{data / 'ems.db'}"),
            FILES=str(data / "files"),
            BACKUPS=os.environ.get("EMS_BACKUPS") or str(data / "backups"),
            DEMO=(data / "demo").exists(),
            SESSION_COOKIE_SECURE=os.environ.get("EMS_HTTPS") == "1",
            PORT=(port := int(os.environ.get("EMS_PORT", cls.PORT))),
            BASE_URL=os.environ.get("EMS_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            RATELIMIT_STORAGE_URI=os.environ.get("EMS_RATELIMIT_URL", cls.RATELIMIT_STORAGE_URI),
            MAIL_PORT=int(os.environ.get("EMS_MAIL_PORT", cls.MAIL_PORT)),
            MAIL_STARTTLS=os.environ.get("EMS_MAIL_STARTTLS") == "1",
            ROBOT_HOSTS=tuple(os.environ.get("EMS_ROBOT_HOSTS", "").lower().split()),
            PROXIES=int(os.environ.get("EMS_PROXIES", "0")),
            **mail,
        )


MAIL = ("MAIL_HOST", "MAIL_USER", "MAIL_PASSWORD", "MAIL_FROM")


def driver(url: str) -> str:
    """`postgresql://…` as people write it, for the driver we have."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)


def kept(path: Path) -> str:
    """A random key made once, readable by its owner alone. Of two processes that make it at once, one wins for both."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        with suppress(FileExistsError):
            path.hardlink_to(draft)  # whole or not at all, and never over another's
        draft.unlink()
    return path.read_text(encoding="ascii")
