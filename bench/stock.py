"""The peer: a plain Rasa project for the same community, as Rasa's own documentation sets Chinese up.

Same examples, rules, stories and custom actions. Where stock Rasa has no part of its own for what we read live from the tables, it is
given the tables as its documentation advises: names as lookup tables with synonyms to their ids, FAQs as retrieval intents for the
ResponseSelector, alarms as examples of the intent.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from bot.alarm import NONE
from bot.normalizer import LEXICON
from community import catalog, lookups
from community.models import Address, Faq
from community.settings import ROOT

RETRIEVAL = "faq"
EPOCHS = 100
TIMES = ("现在", "今天", "今朝", "明天", "明朝", "后天", "周末", "节假日", "国庆节", "元旦", "春节", "中秋节", "端午节", "清明节", "劳动节", "五一",
         "上午", "下午", "中午", "晚上", *(week + day for week in ("周", "星期", "礼拜") for day in "一二三四五六日天"))  # fmt: skip
PIPELINE: list[dict[str, Any]] = [
    {"name": "JiebaTokenizer", "dictionary_path": "dictionary"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": EPOCHS},
    {"name": "RegexEntityExtractor", "use_lookup_tables": True, "use_regexes": False, "use_word_boundaries": False},
    {"name": "EntitySynonymMapper"},
    {"name": "ResponseSelector", "retrieval_intent": RETRIEVAL, "epochs": EPOCHS},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]
POLICIES: list[dict[str, Any]] = [
    {"name": "MemoizationPolicy"},
    {"name": "RulePolicy"},
    {"name": "TEDPolicy", "max_history": 5, "epochs": 40},
]


def write(folder: Path, session: Session) -> None:
    """A project in `folder` that `rasa train` takes, for the community in the database."""
    names = _names(session)
    (folder / "data").mkdir(parents=True)
    (folder / "dictionary").mkdir()
    (folder / "dictionary" / "names.txt").write_text("".join(f"{text}\n" for text, _ in names if " " not in text), encoding="utf-8")
    config = {"recipe": "default.v1", "language": "zh", "assistant_id": "stock"}
    dictionary = [{**part, "dictionary_path": str(folder / "dictionary")} if "dictionary_path" in part else part for part in PIPELINE]
    _dump(folder / "config.yml", {**config, "pipeline": dictionary, "policies": POLICIES})
    faqs = lookups.everything(session, Faq)
    _dump(folder / "domain.yml", _domain(faqs))
    _dump(folder / "data" / "names.yml", {"version": "3.1", "nlu": [*_lookups(names), *_synonyms(names)]})
    _dump(
        folder / "data" / "faq.yml", {"version": "3.1", "nlu": [_intent(f"{RETRIEVAL}/{f.faq_id}", [f.question, *f.similar]) for f in faqs]}
    )
    _dump(folder / "data" / "alarms.yml", {"version": "3.1", "nlu": [_intent("emergency", _alarms())]})
    for file in (ROOT / "data" / "nlu").glob("*.yml"):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        # Which FAQ is meant stands in data/faq.yml; examples that belong to none cannot be retrieval examples.
        content["nlu"] = [entry for entry in content["nlu"] if entry.get("intent") != RETRIEVAL]
        _dump(folder / "data" / f"nlu_{file.name}", content)
    for room in ("rules", "stories"):
        for file in (ROOT / "data" / room).glob("*.yml"):
            told = file.read_text(encoding="utf-8").replace("action: action_faq", f"action: utter_{RETRIEVAL}")
            (folder / "data" / f"{room}_{file.name}").write_text(told, encoding="utf-8")
    shutil.copy(ROOT / "endpoints.yml", folder / "endpoints.yml")


def _dump(file: Path, content: Any) -> None:
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8")


def _intent(name: str, texts: Iterable[str]) -> dict[str, str]:
    lines = (re.sub(r"\s+", " ", re.sub(r"[\[\]{}]", " ", text)).strip() for text in texts)
    return {"intent": name, "examples": "".join(f"- {line}\n" for line in dict.fromkeys(lines) if line)}


def _alarms() -> list[str]:
    with (LEXICON / "alarms.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file) if row["kind"] != NONE]


def _names(session: Session) -> list[tuple[str, dict[str, str]]]:
    """(spelling, id by entity) of every name; several rows of a name joined by "|", houses that a project lists written out."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in catalog.names(session):
        estate, _, lane = name.id.partition("#")
        found[name.text]["address" if name.kind == "estate" else name.kind].append(
            f"{estate}#{lane}#" if name.kind == "estate" else name.id
        )
    for address in lookups.everything(session, Address):
        for first, last in re.findall(r"(\d+)(?:-(\d+))?", address.buildings or ""):
            for building in range(int(first), int(last or first) + 1):
                found[f"{address.estate}{building}号"]["address"] = [f"{address.estate}##{building}"]
    return [(text, {kind: "|".join(dict.fromkeys(ids)) for kind, ids in kinds.items()}) for text, kinds in found.items()]


def _lookups(names: list[tuple[str, dict[str, str]]]) -> list[dict[str, str]]:
    tables: dict[str, list[str]] = defaultdict(list, {"time": list(TIMES)})
    for text, kinds in names:
        tables[next(iter(kinds))].append(text)
    return [{"lookup": kind, "examples": "".join(f"- {text}\n" for text in texts)} for kind, texts in tables.items()]


def _synonyms(names: list[tuple[str, dict[str, str]]]) -> list[dict[str, str]]:
    by_id: dict[str, list[str]] = defaultdict(list)
    for text, kinds in names:
        ident = next(iter(kinds.values()))
        if text != ident:
            by_id[ident].append(text)
    return [{"synonym": ident, "examples": "".join(f"- {text}\n" for text in texts)} for ident, texts in by_id.items()]


def _domain(faqs: list[Faq]) -> dict[str, Any]:
    """Our domain, and a response for each FAQ."""
    domain = yaml.safe_load((ROOT / "domain" / "domain.yml").read_text(encoding="utf-8"))
    domain["responses"] = {}
    for file in (ROOT / "domain" / "responses").glob("*.yml"):
        domain["responses"] |= yaml.safe_load(file.read_text(encoding="utf-8"))["responses"]
    domain["responses"] |= {f"utter_{RETRIEVAL}/{faq.faq_id}": [{"text": faq.answer}] for faq in faqs}
    domain["actions"] = [name for name in domain["actions"] if name != "action_faq"] + [f"utter_{RETRIEVAL}"]
    return domain
