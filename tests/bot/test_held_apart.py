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
from bot.normalizer import LEXICON, plain
from community.settings import ROOT
from tests.bot.conftest import Ask
from tests.conftest import SECOND, import_folder

FOLDER = ROOT / "tests" / "evaluation"
# (file, least share right, most share wrong). The figures reached stand in docs/evaluation.md.
FLOORS = [
    ("hours_medicines", 0.96, 0.02), ("guides", 0.91, 0.03), ("faq", 0.92, 0.04), ("community", 0.9, 0.03),
    ("residents_seen", 0.9, 0.025), ("residents_unseen", 0.85, 0.04),
]  # fmt: skip


@pytest.mark.parametrize(("name", "right", "wrong"), FLOORS)
def test_the_sample_community(agent: Any, ask: Ask, name: str, right: float, wrong: float) -> None:
    _floor(agent, ask, FOLDER / f"{name}.csv", right, wrong)


@pytest.mark.parametrize(("folder", "right", "wrong"), [("second_community", 0.92, 0.04), ("third_community", 0.84, 0.05)])
def test_other_communities_with_no_training(agent: Any, ask: Ask, folder: str, right: float, wrong: float) -> None:
    import_folder(SECOND.parent / folder)
    _floor(agent, ask, FOLDER / f"{folder}.csv", right, wrong)


def test_emergencies_are_heard_in_strangers_words(agent: Any, ask: Ask) -> None:
    ask("你好")
    with (FOLDER / "emergencies.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    async def alarmed() -> list[bool]:
        return [(await agent.parse_message(row["question"]))["intent"]["name"] == "emergency" for row in rows]

    alarms = asyncio.run(alarmed())
    for seen, heard_at_least, false_at_most in (("yes", 0.95, 0.03), ("no", 0.94, 0.1)):
        some = [(row["kind"], alarm) for row, alarm in zip(rows, alarms, strict=True) if row["seen"] == seen]
        real, not_real = [a for kind, a in some if kind != "none"], [a for kind, a in some if kind == "none"]
        figures = sum(real) / len(real), sum(not_real) / len(not_real)
        assert figures[0] >= heard_at_least and figures[1] <= false_at_most, (seen, figures)


def _floor(agent: Any, ask: Ask, file: Path, right: float, wrong: float) -> None:
    ask("你好")  # has the agent read this database
    verdicts = asyncio.run(evaluation.evaluate(agent, evaluation.read(file)))
    share = {word: sum(v.verdict == word for v in verdicts) / len(verdicts) for word in ("right", "wrong")}
    shown = share if "unseen" in file.name else evaluation.report(verdicts)  # what is read is seen
    assert share["right"] >= right and share["wrong"] <= wrong, shown


def test_no_held_apart_question_is_training_data() -> None:
    trained = set()
    for file in (ROOT / "data" / "nlu").glob("*.yml"):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            for line in entry["examples"].splitlines():
                trained.add(plain(re.sub(r"\[([^\]]*)\]\(\w+\)", r"\1", line.removeprefix("- "))))
    with (LEXICON / "alarms.csv").open(encoding="utf-8", newline="") as rows:
        trained |= {plain(row["text"]) for row in csv.DictReader(rows)}
    trained |= {plain(line) for line in (LEXICON / "ordinary.txt").read_text(encoding="utf-8").splitlines()}
    asked = {}
    for file in FOLDER.glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as rows:
            asked |= {plain(row["question"].lstrip("+")): file.name for row in csv.DictReader(rows) if len(row["question"]) > 6}
    assert sum(1 for _ in asked) >= 300
    assert not trained & set(asked), trained & set(asked)
