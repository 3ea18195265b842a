"""Names in any spelling, and nothing that is not a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.name_index import NameIndex
from bot.normalizer import normalize, plain
from community.catalog import Name

NAMES = [
    Name("拜新同", "medicine", "nifedipine"), Name("二甲双胍", "medicine", "metformin"), Name("头孢克洛", "medicine", "cefaclor"),
    Name("泗塘一村4号地块", "project", "block4"), Name("4号地块", "project", "block4"), Name("通河四村卫生站", "place", "station"),
    Name("卫生站", "place", "station"), Name("阅览室", "place", "a"), Name("阅览室", "place", "b"),
]  # fmt: skip
INDEX = NameIndex(NAMES)


def found(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.how, tuple(name.id for name in one.names)) for one in INDEX.find(plain(text))]


@pytest.mark.parametrize(
    ("text", "how", "ident"),
    [
        ("有拜新同伐", "exact", "nifedipine"), ("拜-新-同", "exact", "nifedipine"), ("拜新桐", "sound", "nifedipine"),
        ("二甲双瓜", "sound", "metformin"), ("同河四村卫生站", "sound", "station"), ("ba i xin tong 有吗", "sound", "nifedipine"),
        ("四号地块", "exact", "block4"), ("泗塘1村四号地块", "exact", "block4"), ("二甲双肌", "slip", "metformin"),
    ],
)  # fmt: skip
def test_spellings(text: str, how: str, ident: str) -> None:
    assert (how, (ident,)) in found(text)


@pytest.mark.parametrize("text", ["3号地块", "5号地块怎么样", "头孢克肟有吗", "今天天气真好"])
def test_what_is_not_the_name_is_not_taken_for_it(text: str) -> None:
    assert all(how == "slip" for how, _ in found(text))


def test_a_shared_name_has_all_its_candidates() -> None:
    assert found("阅览室开吗") == [("exact", ("a", "b"))]


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_more_and_places_hold(text: str) -> None:
    once, origins = normalize(text)
    assert len(once) == len(origins)
    assert all(0 <= place < len(text) for place in origins)
    INDEX.find(once)


@pytest.mark.parametrize(
    ("written", "standard"),
    [
        ("今朝啥辰光開門", "今天什么时候开门"),
        ("Ｗ１２３", "w123"),
        ("开伐？？？", "开吗?"),
        ("三十二号", "32号"),
        ("有勿有", "有不有"),
        ("👍好", "好"),
    ],
)
def test_one_spelling(written: str, standard: str) -> None:
    assert plain(written) == standard
