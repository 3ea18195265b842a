"""Sessions on SQLite or PostgreSQL, and migrations. Synchronous throughout; `web` calls it in threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

from community.settings import ROOT, settings


@lru_cache(maxsize=8)
def engine_for(url: str) -> Engine:
    """One pooled engine a URL and process."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, future=True, pool_pre_ping=True, pool_size=10, max_overflow=20)
    pool = {"poolclass": QueuePool, "pool_size": 10, "max_overflow": 20}  # SQLAlchemy 1.4 would open the file anew each time
    engine = create_engine(url, future=True, connect_args={"timeout": 15, "check_same_thread": False}, **pool)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's documented way to make BEGIN ours (see _begin)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A writer takes the lock at once: a read that turns into a write later would fail with "locked"
        # under load. Readers under WAL are not held up.
        mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def engine() -> Engine:
    return engine_for(settings().sqlalchemy_url)


@contextmanager
def writing() -> Iterator[Session]:
    """A transaction that changes things: committed at the end, rolled back on an error."""
    with sessionmaker(engine(), future=True, expire_on_commit=False)() as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A transaction that only reads (on SQLite it waits for no writer)."""
    bind = engine().execution_options(sqlite_begin="DEFERRED")
    with sessionmaker(bind, future=True, expire_on_commit=False)() as session:
        yield session


def migrate() -> None:
    """Bring the database to the newest schema, making the data folder if need be."""
    from alembic import command
    from alembic.config import Config

    settings().data_dir.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    command.upgrade(config, "head")


def is_postgresql(session: Session) -> bool:
    return bool(session.get_bind().dialect.name == "postgresql")


def one_writer_at_a_time(session: Session, key: int) -> None:
    """Hold others with the same key until this transaction ends.

    SQLite has one writer anyway; PostgreSQL takes a transaction-level advisory lock (PostgreSQL manual, 13.3.5).
    """
    if is_postgresql(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
