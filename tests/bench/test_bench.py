"""The bench: a peer that has the same community, and figures that are summed rightly."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench import __main__ as bench
from bench import stock
from community import database
from tests.conftest import SAMPLE, import_folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JMK_DATA_DIR", str(tmp_path / "data"))
    database.migrate()
    import_folder(SAMPLE)
    with database.reading() as session:
        stock.write(tmp_path / "stock", session)
    database.engine().dispose()
    return tmp_path / "stock"


def _entries(file: Path, kind: str) -> dict[str, list[str]]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
    return {entry[kind]: [line.removeprefix("- ") for line in entry["examples"].splitlines()] for entry in content if kind in entry}


def test_the_peer_knows_the_same_names_faqs_and_actions(project: Path) -> None:
    synonyms = _entries(project / "data" / "names.yml", "synonym")
    assert "拜新同" in synonyms["nifedipine-cr"]
    assert "泗塘一村2号" in synonyms["泗塘一村##2"]
    assert {"拜新同", "硝苯地平控释片"} <= set(_entries(project / "data" / "names.yml", "lookup")["medicine"])
    faqs = _entries(project / "data" / "faq.yml", "intent")
    domain = yaml.safe_load((project / "domain.yml").read_text(encoding="utf-8"))
    with (SAMPLE / "faq.csv").open(encoding="utf-8-sig", newline="") as file:
        assert set(faqs) == {f"faq/{row['faq_id']}" for row in csv.DictReader(file)}
    assert all(f"utter_{name}" in domain["responses"] for name in faqs)
    assert "action: utter_faq" in (project / "data" / "rules_answers.yml").read_text(encoding="utf-8")
    assert "action_opening_hours" in domain["actions"]


def _row(**changes: Any) -> dict[str, Any]:
    return {"kind": "medicine", "verdict": "right", "intent": True, "found": [], "meant": [], "single": True} | changes


def test_figures_are_shares_of_what_they_are_about() -> None:
    rows = [
        _row(found=[["medicine", "a"]], meant=[["medicine", "a"]]),
        _row(verdict="wrong", intent=False, found=[["medicine", "b"]], meant=[["medicine", "a"]]),
        _row(verdict="miss", intent=None, single=False),
        _row(),
    ]
    found = bench._summed({"rows": rows, "faq_place": [0, 2, None, 0], "parse_ms": [1.0, 2.0, 3.0], "turn_ms": [4.0]})
    assert (found["right"], found["wrong"]) == (0.5, 0.25)
    assert found["intent_error"] == pytest.approx(1 / 3)
    assert found["names_f1"] == 0.5
    assert (found["faq_first"], found["faq_of_three"]) == (0.5, 0.75)
    assert (found["parse_ms_median"], found["turn_ms_p95"]) == (2.0, 4.0)


def test_the_table_has_ratios_and_leaves_out_what_was_not_measured() -> None:
    table = bench._table({"train_s": 20.0, "large": {"parse_ms_p95": 5.0}}, {"train_s": 200.0, "parse_ms_p95": 20.0})
    rows = {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:5]] for line in table.splitlines()}
    assert rows["training, s"] == ["20.0", "200.0", "0.10"]
    assert rows["parse, 95%, ms, 20,000 names and 10,000 FAQs"] == ["5.0", "20.0", "0.25"]
    assert rows["right answers"] == ["", "", ""]
