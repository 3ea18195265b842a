"""How the time of a parse grows with the number of names and of FAQs: made-up communities of rising size, the same questions.

    python -m bench.growth MODEL OUT.json

Times are of the whole parse, of finding names alone, and of ranking FAQs alone (the vector of the message given).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bench.stock import RETRIEVAL
from bot import evaluation, loading
from community import catalog, clock, database
from community.models import Faq, Medicine
from community.settings import ROOT

SIZES = ((100, 100), (1000, 1000), (5000, 3000), (20000, 10000))  # names, FAQs
QUESTIONS = ("hours_medicines", "faq")
CHARACTERS = "阿奥贝布达迪恩法芬格海佳康可拉乐利力林灵美咪明宁诺欧培平普奇瑞赛舒斯素泰坦特替维西欣新雅亚易因优泽珍"
THINGS = [
    "楼道灯",
    "水表箱",
    "信箱",
    "门禁卡",
    "晾衣架",
    "充电桩",
    "绿化带",
    "停车位",
    "雨水管",
    "化粪池",
    "健身器",
    "宣传栏",
    "快递柜",
    "凉亭",
    "花坛",
    "围墙",
    "车棚",
    "电梯",
    "水箱",
    "阳台",
]
DOINGS = [
    "坏了",
    "换新的",
    "借用",
    "登记",
    "拆掉",
    "移位",
    "漏水",
    "太脏",
    "有异味",
    "收费",
    "过期",
    "遗失",
    "办年审",
    "申请补贴",
    "装一个",
    "噪声大",
    "被占",
    "看不清",
    "打不开",
    "没人管",
]
ASKINGS = ["找谁", "怎么办", "要钱吗", "几天能好", "归哪里管", "可以自己弄吗"]


def measure(work: Path, model: Path, picture: Path) -> list[dict[str, Any]]:
    """A row a size; draws them."""
    out = work / "growth.json"
    env = {**os.environ, "JMK_DATA_DIR": str(work / "growing")}
    subprocess.run([sys.executable, "-m", "bench.growth", str(model), str(out)], env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    rows: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))
    _draw(rows, picture)
    return rows


def _fill(session: Session, names: int, faqs: int) -> None:
    """A made-up community of so many names and FAQs in place of the one before."""
    dice = random.Random(names)
    today = clock.today()
    for model in (Medicine, Faq):
        session.execute(delete(model))
    words: dict[str, None] = {}
    while len(words) < names:
        words["".join(dice.choices(CHARACTERS, k=dice.choice((3, 4, 4, 5))))] = None
    spelled = list(words)
    for number in range(0, names, 4):
        name, *brands = spelled[number : number + 4]
        session.add(
            Medicine(
                pos=number,
                medicine_id=f"m{number}",
                name=name,
                brands=brands,
                aliases=[],
                category="示例",
                prescription=False,
                source="示例",
            )
        )
    for number in range(faqs):
        place = f"{number // 2400 + 1}号" if number >= 2400 else ""
        kind = number % 2400
        asked = place + THINGS[kind % 20] + DOINGS[kind // 20 % 20] + ASKINGS[kind // 400]
        session.add(
            Faq(
                pos=number,
                faq_id=f"f{number}",
                question=asked,
                similar=[],
                answer=f"{asked}：请打物业电话。",
                source="示例",
                updated_on=today,
            )
        )
    catalog.touch(session)


def _milliseconds(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {"median": median(ordered) * 1000, "p95": ordered[int(len(ordered) * 0.95)] * 1000}


async def _grown(agent: Any, cases: list[evaluation.Case], names: int, faqs: int) -> dict[str, Any]:
    from rasa.shared.nlu.training_data.message import Message

    from bot.gazetteer import Gazetteer
    from bot.normalizer import Normalizer
    from bot.retrieval import MatterRetriever

    with database.writing() as session:
        _fill(session, names, faqs)
    start = time.perf_counter()
    parts = [Normalizer(), Gazetteer(), MatterRetriever()]
    parts[2].refresh()
    if parts[2]._building:
        parts[2]._building.join()
    built = time.perf_counter() - start
    await agent.parse_message(cases[0].question)
    await asyncio.sleep(0.5)
    while (await agent.parse_message("信箱打不开找谁"))["matters"][0]["kind"] != RETRIEVAL:
        await asyncio.sleep(0.5)
    whole, each = [], [[], [], []]
    for case in cases:
        start = time.perf_counter()
        await agent.parse_message(case.question)
        whole.append(time.perf_counter() - start)
        message = [Message.build(case.question)]
        for part, times in zip(parts, each, strict=True):
            start = time.perf_counter()
            part.process(message)
            times.append(time.perf_counter() - start)
    row = {"names": names, "faqs": faqs, "made_s": built}
    for what, times in (("parse_ms", whole), ("names_ms", each[1]), ("faqs_ms", each[2])):
        row |= {f"{what}_{key}": value for key, value in _milliseconds(times).items()}
    return row


def _draw(rows: list[dict[str, Any]], picture: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    _, axes = pyplot.subplots(figsize=(7, 4))
    places = range(len(rows))
    for what, label in (("parse_ms", "whole parse"), ("names_ms", "names"), ("faqs_ms", "FAQs")):
        axes.plot(places, [row[f"{what}_median"] for row in rows], marker="o", label=f"{label}, median")
        axes.plot(places, [row[f"{what}_p95"] for row in rows], marker=".", linestyle=":", label=f"{label}, 95%")
    axes.set_xticks(places, [f"{row['names']:,} names\n{row['faqs']:,} FAQs" for row in rows])
    axes.set_ylim(bottom=0)
    axes.set_ylabel("milliseconds")
    axes.legend(fontsize=8)
    pyplot.tight_layout()
    pyplot.savefig(picture, dpi=110)


def main(model: str, out: str) -> None:
    loading.quiet()
    database.migrate()
    from actions.in_process import InProcessActions

    agent = loading.load_agent(Path(model), InProcessActions())
    cases = [case for name in QUESTIONS for case in evaluation.read(ROOT / "tests" / "evaluation" / f"{name}.csv")]

    async def run() -> list[dict[str, Any]]:
        return [await _grown(agent, cases, names, faqs) for names, faqs in SIZES]

    Path(out).write_text(json.dumps(asyncio.run(run())), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
