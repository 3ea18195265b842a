"""Sentences by meaning: vectors that hold for any text, are computed once, and never keep a resident waiting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import built_in_model, meaning
from bot.retrieval import AT_ONCE, LiveMatters, MatterIndex, compared
from bot.sentence_model import model
from bot.word_index import essence
from community.matters import Matter

MATTERS = [
    Matter(
        "faq",
        "bulky",
        "旧沙发、旧床垫这类大件怎么丢？",
        ("旧沙发、旧床垫这类大件怎么丢？", "老衣橱不要了谁来收"),
        "放到大件堆放点，先约时间。",
    ),
    Matter("faq", "firework", "小区里可以放烟花爆竹吗？", ("小区里可以放烟花爆竹吗？", "过年放鞭炮罚款吗"), "外环以内禁止燃放。"),
    Matter("guide", "dog", "犬证办理", ("犬证办理", "狗证", "养犬登记"), "带身份证、免疫证。"),
    Matter("place", "library", "阅览室", ("阅览室", "图书室"), "看书看报。"),
]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors of its own for each test; the sentence model is that of the run."""
    (tmp_path / built_in_model.NAME).symlink_to(models / built_in_model.NAME)
    monkeypatch.setenv("JMK_MODELS_DIR", str(tmp_path))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_has_a_vector_of_length_one(text: str) -> None:
    vector = meaning.of_message(text)
    assert vector.shape == (model().size,)
    assert abs(float(np.linalg.norm(vector)) - 1.0) < 1e-3


def test_a_question_that_shares_no_word_is_found_by_its_meaning() -> None:
    index = MatterIndex(MATTERS, meaning.of_texts(compared(MATTERS)))
    assert index.by_meaning
    assert index.rank("除夕夜想点炮仗会不会被抓")[0]["id"] == "firework"


def test_the_very_words_are_certain() -> None:
    index = MatterIndex(MATTERS, meaning.of_texts(compared(MATTERS)))
    assert index.rank("养犬登记")[0] | {"score": 1.0} == {"kind": "guide", "id": "dog", "title": "犬证办理", "score": 1.0}


def test_vectors_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = meaning.of_texts(["阅览室", "犬证办理"])

    def fails(texts: list[str]) -> None:
        raise AssertionError(f"computed again: {texts}")

    monkeypatch.setattr(meaning, "vectors", fails)
    again = meaning.of_texts(["犬证办理", "阅览室"])
    assert np.allclose(first["阅览室"], again["阅览室"], atol=1e-3)


def test_an_unreadable_file_of_vectors_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "meanings.db").write_bytes(b"not a database" * 100)
    assert meaning.kept(["阅览室"]) == {}


def test_much_new_content_is_ranked_by_words_until_its_vectors_are_there() -> None:
    many = [Matter("faq", f"f{n}", f"第{n}条：旧家具怎么丢", (f"第{n}条：旧家具怎么丢",), "放到堆放点。") for n in range(AT_ONCE)]
    live = LiveMatters()
    live._build([*MATTERS, *many])
    index = live.index
    assert live._building is not None
    live._building.join()
    assert not index.by_meaning
    assert index.rank("放鞭炮罚款吗")[0]["id"] == "firework"
    assert live.index.by_meaning


def test_one_new_question_is_understood_by_meaning_at_once() -> None:
    meaning.of_texts(compared(MATTERS))
    new = Matter("faq", "wheelchair", "公共客厅能借轮椅吗？", ("公共客厅能借轮椅吗？",), "前台登记，当天还。")
    live = LiveMatters()
    live._build([*MATTERS, new])
    assert live._building is None
    assert live.index.by_meaning
    assert live.index.rank(essence("老娘脚扭了有推的车子借来坐坐吗"))[0]["id"] == "wheelchair"


def test_of_many_matters_the_nearest_is_found_as_among_few(monkeypatch: pytest.MonkeyPatch) -> None:
    things = ["电梯", "水箱", "花坛", "围墙", "车棚", "信箱", "门禁", "凉亭", "楼道灯", "充电桩"]
    many = [
        Matter("faq", f"f{n}", f"{thing}坏了找谁", (f"{thing}坏了找谁", f"{thing}不灵了"), "打物业电话。") for n, thing in enumerate(things)
    ]
    index = MatterIndex([*MATTERS, *many], meaning.of_texts(compared([*MATTERS, *many])))
    asked = ["阿拉楼里升降机停了", "除夕夜想点炮仗会不会被抓", "信箱打不开", "狗狗要上户口"]
    few = [index.rank(text)[0] for text in asked]
    monkeypatch.setattr("bot.retrieval.ALL_LOOKED_AT", 3)
    monkeypatch.setattr("bot.retrieval.LOOKED_AT", 6)
    assert [index.rank(text)[0]["id"] for text in asked] == [row["id"] for row in few]


def test_no_matters_no_ranking() -> None:
    assert MatterIndex([], {}).rank("你好") == []
