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

from bot import evaluation, loading, meaning
from bot.gazetteer import Gazetteer
from bot.normalizer import Normalizer
from bot.retrieval import MatterRetriever
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


def median_and_p95(times: list[float]) -> dict[str, float]:
    """The median and the 95th percentile of times, in their unit."""
    ordered = sorted(times)
    return {"median": median(ordered), "p95": ordered[int(len(ordered) * 0.95)]}


async def _grown(agent: Any, cases: list[evaluation.Case], names: int, faqs: int) -> dict[str, Any]:
    """Times of the whole parse by the agent, and of two components by themselves, after a message has been heard once."""
    from rasa.shared.nlu.training_data.message import Message

    with database.writing() as session:
        _fill(session, names, faqs)
    start = time.perf_counter()
    normalizer, gazetteer, retriever = Normalizer(), Gazetteer(), MatterRetriever()
    gazetteer.process([Message.build("你好")])
    if retriever._live._building:
        retriever._live._building.join()
    made = time.perf_counter() - start
    for node in agent.processor.graph_runner._instantiated_nodes.values():  # they would take up the change within a while
        for taken in (gazetteer, retriever):
            if type(taken) is type(node._component):
                node._component._live = taken._live
    meaning.of_message.cache_clear()
    times: dict[str, list[float]] = {"parse_ms": [], "names_ms": [], "faqs_ms": []}
    for case in cases:
        message = normalizer.process([Message.build(case.question)])
        for what, part in (("parse_ms", None), ("names_ms", gazetteer), ("faqs_ms", retriever)):
            start = time.perf_counter()
            if part is None:
                await agent.parse_message(case.question)
            else:
                part.process(message)
            times[what].append((time.perf_counter() - start) * 1000)
    row: dict[str, Any] = {"names": names, "faqs": faqs, "made_s": made}
    for what, some in times.items():
        row |= {f"{what}_{key}": value for key, value in median_and_p95(some).items()}
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
    axes.legend(fontsize=8, ncol=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
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
