"""Signs of an emergency, and what only sounds like one."""

from __future__ import annotations

import pytest

from bot.normalizer import plain
from bot.safety import emergency, medical_advice


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我老伴胸口闷得慌透勿过气", "medical"), ("有人昏倒了快来救救", "medical"), ("老太掼了一跤爬勿起来", "fall"), ("楼上着火了", "fire"),
        ("屋里厢煤气味道老重", "gas"), ("活着没意思不想活了", "self_harm"), ("小偷进来了", "crime"), ("自称公安叫我转账", "fraud"),
    ],
)  # fmt: skip
def test_an_emergency_is_found(text: str, kind: str) -> None:
    assert emergency(plain(text)) == kind


@pytest.mark.parametrize(
    "text", ["灭火器年检什么时候", "心痛这钱", "防跌倒讲座在哪里", "煤气费怎么交", "火车票怎么买", "今天热死了", "电动车起火怎么预防"]
)
def test_a_near_miss_does_not_alarm(text: str) -> None:
    assert emergency(plain(text)) is None


@pytest.mark.parametrize("text", ["灭火器年检过了，可是厨房着火了", "煤气费交了但是闻到煤气味道"])
def test_a_near_miss_does_not_hide_a_real_one(text: str) -> None:
    assert emergency(plain(text)) is not None


@pytest.mark.parametrize(
    ("text", "asks"), [("拜新同一天吃几粒", True), ("饭前还是饭后吃", True), ("有没有拜新同", False), ("食堂几点吃饭", False)]
)
def test_wishes_for_advice(text: str, asks: bool) -> None:
    assert medical_advice(plain(text)) is asks
