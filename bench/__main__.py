"""`make bench`: trains and measures both sides, prints a table of ratios, writes bench/results.json and bench/growth.png.

The peer is trained once and kept in bench/.peer as long as what it is trained on stays (two hours on two cores the first time).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import growth, load, stock
from bot import evaluation, trained_models
from community import content_import, database
from community.settings import ROOT

HERE = ROOT / "bench"
PEER = HERE / ".peer"
FOLDER = ROOT / "tests" / "evaluation"
FIRST = ("hours_medicines", "guides", "faq", "community", "residents_seen", "residents_unseen")
FIXTURES = ROOT / "tests" / "fixtures"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _community(work: Path, folder: Path) -> None:
    """A community in a database of its own, for this process and those it starts."""
    data = work / folder.name
    os.environ |= {"JMK_DATA_DIR": str(data), "JMK_DATABASE_URL": "", "RASA_TELEMETRY_ENABLED": "false"}
    if not data.exists():
        database.migrate()
        with database.writing() as session:
            content_import.replace_content(session, content_import.load(folder))


def _run(*arguments: str | Path) -> float:
    """A Python process; how long it took, in seconds. Raises RuntimeError with the end of what it printed."""
    start = time.perf_counter()
    env = {**os.environ, "OMP_NUM_THREADS": "1"} if "bench.side" in arguments else None  # as `jmk serve bot` has it
    done = subprocess.run([sys.executable, *map(str, arguments)], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{arguments} ended with status {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    return time.perf_counter() - start


def _train_ours(work: Path) -> dict[str, Any]:
    """Twice: on a fresh machine, and when the vectors of all texts are there."""
    os.environ["JMK_MODELS_DIR"] = str(work / "models")
    first, again = _run("-m", "jmk", "train"), _run("-m", "jmk", "train")
    return {"train_s": again, "train_first_s": first, "model": str(trained_models.active())}


def _train_stock() -> dict[str, Any]:
    """The peer, or the one that is kept."""
    known, data = PEER / "trained.json", trained_models.fingerprint(("data", "content", "bench/stock.py"))
    if known.exists() and (kept := json.loads(known.read_text(encoding="utf-8")))["data"] == data:
        return dict(kept)
    shutil.rmtree(PEER, ignore_errors=True)
    with database.reading() as session:
        stock.write(PEER, session)
    train = (
        "import sys, rasa.api; f = sys.argv[1]; r = rasa.api.train(domain=f + '/domain.yml', config=f + '/config.yml', "
        "training_files=f + '/data', output=f + '/models', fixed_model_name='stock', force_training=True); sys.exit(r.code)"
    )
    seconds = _run("-c", train, PEER)
    kept = {"train_s": seconds, "model": str(PEER / "models" / "stock.tar.gz"), "data": data}
    known.write_text(json.dumps(kept), encoding="utf-8")
    return kept


def _asked(side: str, model: str, work: Path, files: tuple[str, ...]) -> dict[str, Any]:
    out = work / f"{side}.json"
    _run("-m", "bench.side", side, model, out, *(FOLDER / f"{name}.csv" for name in files))
    return _summed(json.loads(out.read_text(encoding="utf-8")))


def _summed(raw: dict[str, Any]) -> dict[str, Any]:
    """Shares of questions, F1 of names, latencies in milliseconds."""
    rows = raw["rows"]
    heard = [row["intent"] for row in rows if row["intent"] is not None]
    pairs = [({tuple(one) for one in row["found"]}, {tuple(one) for one in row["meant"]}) for row in rows if row["single"] and row["meant"]]
    hits = sum(len(found & meant) for found, meant in pairs)
    of_all = sum(len(found) + len(meant) for found, meant in pairs)
    places = raw["faq_place"]
    return {
        "questions": len(rows),
        "right": _share(row["verdict"] == "right" for row in rows),
        "wrong": _share(row["verdict"] == "wrong" for row in rows),
        "intent_error": 1 - _share(heard),
        "names_f1": 2 * hits / max(of_all, 1),
        "faq_first": _share(place == 0 for place in places),
        "faq_of_three": _share(place is not None for place in places),
        **{f"{what}_{name}": value for what in ("parse_ms", "turn_ms") for name, value in growth.median_and_p95(raw[what]).items()},
    }


def _share(flags: Any) -> float:
    flags = list(flags)
    return sum(flags) / max(len(flags), 1)


# (what, where it stands in the figures, what is wanted of us, or of the ratio of ours to stock's)
TABLE: list[tuple[str, tuple[str, ...], str]] = [
    ("right answers", ("right",), "at least 96%"), ("wrong facts", ("wrong",), "at most 0.5%"),
    ("right, second community", ("second", "right"), "within 2 points of the first"),
    ("intent error", ("intent_error",), "ratio at most 0.5"), ("F1 of names", ("names_f1",), ""),
    ("FAQ first", ("faq_first",), ""), ("FAQ among three", ("faq_of_three",), ""),
    ("training, s", ("train_s",), "ratio at most 0.1"), ("training, nothing kept, s", ("train_first_s",), ""),
    ("start, s", ("start_s",), "ratio at most 0.4"), ("memory of the bot, MB", ("memory_mb",), "ratio at most 0.55"),
    ("parse, median, ms", ("parse_ms_median",), ""), ("parse, 95%, ms", ("parse_ms_p95",), "ratio at most 0.33"),
    ("parse, 95%, ms, 20,000 names and 10,000 FAQs", ("large", "parse_ms_p95"), "ratio at most 0.33"),
    ("turn, median, ms", ("turn_ms_median",), ""), ("turn, 95%, ms", ("turn_ms_p95",), ""),
    ("turns a second, 1 resident", ("turns_s", "1"), ""), ("turns a second, 16", ("turns_s", "16"), ""),
    ("turns a second, 200", ("turns_s", "200"), "ratio at least 3"),
]  # fmt: skip


def _value(figures: dict[str, Any], path: tuple[str, ...]) -> float | None:
    value: Any = figures
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _table(ours: dict[str, Any], peer: dict[str, Any]) -> str:
    lines = [f"| {'':44} | {'ours':>9} | {'stock':>9} | {'ratio':>6} | wanted |", "|---|---|---|---|---|"]
    for name, path, wanted in TABLE:
        mine, other = _value(ours, path), _value(peer, path)
        if path[0] == "large":
            other = _value(peer, path[1:])  # stock holds only what it was trained on
        shown = [_shown(value, name) for value in (mine, other)]
        ratio = f"{mine / other:.2f}" if mine is not None and other else ""
        lines.append(f"| {name:44} | {shown[0]:>9} | {shown[1]:>9} | {ratio:>6} | {wanted} |")
    return "\n".join(lines)


def _shown(value: float | None, name: str) -> str:
    if value is None:
        return ""
    share = any(name.startswith(word) for word in ("right", "wrong", "intent", "F1", "FAQ"))
    return f"{value:.1%}" if share else f"{value:,.1f}"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="jmk-bench-") as folder:
        work = Path(folder)
        _community(work, ROOT / "content")
        _say("training ours, twice …")
        ours = _train_ours(work)
        _say("training stock, or taking the one that is kept …")
        peer = _train_stock()
        questions = [case.question for name in FIRST[:4] for case in evaluation.read(FOLDER / f"{name}.csv")]
        for side, figures in (("ours", ours), ("stock", peer)):
            _say(f"asking {side} …")
            figures.update(_asked(side, figures["model"], work, FIRST))
            _say(f"loading {side} …")
            figures.update(load.serve(side, Path(figures["model"]), work, questions))
        _say("growing …")
        ours["growth"] = growth.measure(work, Path(ours["model"]), HERE / "growth.png")
        ours["large"] = ours["growth"][-1]
        _say("the second community …")
        _community(work, FIXTURES / "second_community")
        ours["second"] = _asked("ours", ours["model"], work, ("second_community",))
        peer["second"] = _asked("stock", peer["model"], work, ("second_community",))
    (HERE / "results.json").write_text(json.dumps({"ours": ours, "stock": peer}, indent=1), encoding="utf-8")
    print(_table(ours, peer))


if __name__ == "__main__":
    main()
