"""`jmk evaluate FILE`: held-apart questions with expected facts; accuracy by kind, and every miss.

The file is a CSV: kind, question, now, outcome, facts, contains, excludes (tests/evaluation/README.md). A wrong fact is
a factual answer that rests on none of the rows expected, or that has what it must not have.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.asking import Conversations
from community import clock

OUTCOMES = ("answer", "ask", "person", "refuse", "emergency")
COLUMNS = ("kind", "question", "now", "outcome", "facts", "contains", "excludes")


@dataclass(frozen=True)
class Case:
    kind: str
    question: str
    continues: bool
    now: datetime
    outcome: str
    facts: tuple[str, ...]
    contains: tuple[str, ...]
    excludes: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """verdict: right, miss (asks, or offers other matters and a person, or leaves out a part), wrong (states what is not so)."""

    case: Case
    verdict: str
    got: dict[str, Any]
    why: str


def read(path: Path) -> list[Case]:
    """The cases of a file. Raises ValueError naming the row."""
    cases = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            missing = [name for name in COLUMNS if row.get(name) is None]
            if missing or row["outcome"] not in OUTCOMES:
                raise ValueError(f"{path.name}:{number}: needs {', '.join(COLUMNS)}; outcome one of {', '.join(OUTCOMES)}")
            question = row["question"].strip()
            lists = (tuple(part.strip() for part in row[name].split("|") if part.strip()) for name in COLUMNS[4:])
            cases.append(Case(row["kind"], question.lstrip("+").strip(), question.startswith("+"),
                              clock.parse(row["now"]), row["outcome"], *lists))  # fmt: skip
    return cases


def judge(case: Case, got: dict[str, Any]) -> Verdict:
    text = "\n".join(got["answers"])
    facts = {f"{fact['kind']}:{fact['id']}" for fact in got["facts"]}
    person = got["handoff"] or "转人工" in got["buttons"]
    asks = bool([button for button in got["buttons"] if button != "转人工"]) or (not facts and "？" in text)

    def verdict(word: str, why: str = "") -> Verdict:
        return Verdict(case, word, got, why)

    if case.outcome == "emergency":
        return verdict("right") if got["urgent"] else verdict("wrong" if facts else "miss", "no alarm")
    if got["urgent"]:
        return verdict("miss", "false alarm")
    forbidden = [part for part in case.excludes if part in text]
    if forbidden:
        return verdict("wrong", f"says {forbidden}")
    if case.outcome == "refuse":
        return verdict("right") if got["intent"] == "ask_medicine_advice" or "不能给您建议" in text else verdict("miss", "not refused")
    if case.outcome in ("ask", "person"):
        fine = asks or person if case.outcome == "ask" else person
        if fine and (not facts or facts & {one for fact in case.facts for one in fact.split("/")} or asks):
            return verdict("right")
        return verdict("wrong" if facts else "miss", f"expected to {case.outcome}, used {sorted(facts)}")
    lacking = [fact for fact in case.facts if not facts & set(fact.split("/"))]
    unsaid = [part for part in case.contains if not any(one in text for one in part.split("/"))]
    if not lacking and not unsaid:
        return verdict("right")
    why = f"lacks {lacking + unsaid}"
    meant = {one for fact in case.facts for one in fact.split("/")}
    if facts and not facts & meant:
        return verdict("miss" if person else "wrong", why)
    return verdict("wrong" if unsaid and not lacking and not got["buttons"] else "miss", why)


async def evaluate(agent: Any, cases: list[Case]) -> list[Verdict]:
    talk = Conversations(agent)
    verdicts = []
    for case in cases:
        asked = await talk.ask(case.question, case.continues, case.now)
        verdicts.append(judge(case, asked.as_dict()))
    return verdicts


def report(verdicts: list[Verdict]) -> str:
    """A table by kind, then every miss."""
    by_kind: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        by_kind[verdict.case.kind].append(verdict)
    lines = []
    for verdict in verdicts:
        if verdict.verdict != "right":
            answer = " / ".join(verdict.got["answers"]).replace("\n", "⏎")
            lines.append(f"{verdict.verdict.upper()} [{verdict.case.kind}] {verdict.case.question}\n    {verdict.why}\n"
                         f"    {verdict.got['intent']} {verdict.got['confidence']:.2f}: {answer[:160]} {verdict.got['buttons'] or ''}")  # fmt: skip
    lines += ["", f"{'kind':<16}{'questions':>10}{'right':>8}{'wrong':>8}{'share':>8}"]
    for kind, group in [*sorted(by_kind.items()), ("all", verdicts)]:
        right, wrong = (sum(v.verdict == word for v in group) for word in ("right", "wrong"))
        lines.append(f"{kind:<16}{len(group):>10}{right:>8}{wrong:>8}{right / max(len(group), 1):>8.1%}")
    latencies = sorted(verdict.got["latency_ms"] for verdict in verdicts)
    if latencies:
        lines.append(f"whole turn: median {latencies[len(latencies) // 2]} ms, 95% {latencies[int(len(latencies) * 0.95)]} ms")
    return "\n".join(lines)
