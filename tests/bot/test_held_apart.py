"""The held-apart questions: a floor under what was reached, and proof that they are not training data."""

from __future__ import annotations

import asyncio
import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import evaluation
from bot.normalizer import plain
from community.settings import ROOT
from tests.bot.conftest import Ask
from tests.conftest import SECOND, import_folder

FOLDER = ROOT / "tests" / "evaluation"
# (file, least share right, most share wrong). The figures reached stand in docs/evaluation.md.
FLOORS = [("hours_medicines", 0.93, 0.03), ("guides", 0.84, 0.12), ("faq", 0.6, 0.17), ("community", 0.67, 0.06)]


@pytest.mark.parametrize(("name", "right", "wrong"), FLOORS)
def test_the_sample_community(agent: Any, ask: Ask, name: str, right: float, wrong: float) -> None:
    _floor(agent, ask, FOLDER / f"{name}.csv", right, wrong)


def test_the_second_community(agent: Any, ask: Ask) -> None:
    import_folder(SECOND)
    _floor(agent, ask, FOLDER / "second_community.csv", 0.92, 0.05)


def _floor(agent: Any, ask: Ask, file: Path, right: float, wrong: float) -> None:
    ask("你好")  # has the agent read this database
    verdicts = asyncio.run(evaluation.evaluate(agent, evaluation.read(file)))
    share = {word: sum(v.verdict == word for v in verdicts) / len(verdicts) for word in ("right", "wrong")}
    assert share["right"] >= right and share["wrong"] <= wrong, evaluation.report(verdicts)


def test_no_held_apart_question_is_training_data() -> None:
    trained = set()
    for file in (ROOT / "data" / "nlu").glob("*.yml"):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            for line in entry["examples"].splitlines():
                trained.add(plain(re.sub(r"\[([^\]]*)\]\(\w+\)", r"\1", line.removeprefix("- "))))
    asked = {}
    for file in FOLDER.glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as rows:
            asked |= {plain(row["question"].lstrip("+")): file.name for row in csv.DictReader(rows) if len(row["question"]) > 6}
    assert sum(1 for _ in asked) >= 300
    assert not trained & set(asked), trained & set(asked)
