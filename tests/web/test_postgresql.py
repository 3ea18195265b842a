"""The whole installation on PostgreSQL: a resident asks, asks on, and wants a person."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import fresh_postgres
from tests.town import Resident, Town


def test_a_conversation_on_postgresql(tmp_path: Path, models: Path, postgres_url: str) -> None:
    town = Town(tmp_path, models, fresh_postgres(postgres_url))
    try:
        town.start_all()
        resident = Resident(town.url)
        assert "硝苯地平" in resident.say("有没有拜新同")[0]["text"]
        assert "格列齐特" in resident.say("那达美康呢")[0]["text"]
        assert "工作人员" in resident.say("转人工")[0]["text"]
    finally:
        town.stop()
