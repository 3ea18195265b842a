"""What waits for WeChat goes out once, in order, and again only with the platform message that carried it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import text

from community import clock, conversations, outbox
from community.database import is_postgresql, reading, writing
from community.models import Message

PLENTY = 10_000


@pytest.fixture(autouse=True)
def stopped_clock(empty_database: str) -> Iterator[None]:
    with clock.fixed(datetime(2026, 11, 24, 10, 0)):
        yield


def opened(*notices: str, door: str = "wechat") -> int:
    """A conversation in which these sentences wait to be said."""
    with writing() as session:
        ident = int(conversations.open_door(session, door, "r1").id)
        for notice in notices:
            conversations.notice(session, ident, notice)
    return ident


def length(message: Message) -> int:
    return len(message.text)


def taken(ident: int, carrier: str, room: int = PLENTY) -> list[str]:
    with writing() as session:
        return [message.text for message in outbox.take(session, ident, carrier, room, length)]


def waiting(ident: int) -> int:
    with reading() as session:
        return outbox.waiting(session, ident)


def test_everything_goes_out_with_the_next_message_in_order() -> None:
    ident = opened("一", "二", "三")
    assert waiting(ident) == 3
    assert taken(ident, "m1") == ["一", "二", "三"]
    assert waiting(ident) == 0
    assert taken(ident, "m2") == []


def test_the_same_carrier_again_gets_the_same() -> None:
    ident = opened("一")
    assert taken(ident, "m1") == ["一"]
    with writing() as session:
        conversations.notice(session, ident, "二")
    assert taken(ident, "m1") == ["一"]
    assert taken(ident, "m2") == ["二"]
    assert taken(ident, "m1") == ["一"]


def test_what_does_not_fit_waits_for_the_next() -> None:
    ident = opened("五个字的话", "也是五个字", "完")
    assert taken(ident, "m1", 10) == ["五个字的话", "也是五个字"]
    assert waiting(ident) == 1
    assert taken(ident, "m2", 10) == ["完"]


def test_a_short_one_does_not_overtake_a_long_one() -> None:
    ident = opened("一", "这一句太长了", "二")
    assert taken(ident, "m1", 3) == ["一"]
    assert taken(ident, "m2", 3) == ["这一句太长了"]
    assert taken(ident, "m3", 3) == ["二"]


def test_the_web_needs_no_outbox_and_a_residents_own_words_do_not_wait() -> None:
    assert waiting(opened("一", door="web")) == 0
    ident = opened()
    with writing() as session:
        conversations.receive(session, ident, "你好", "c1")
    assert waiting(ident) == 0


def test_one_resident_gets_nothing_of_another() -> None:
    ident = opened("一")
    with writing() as session:
        other = int(conversations.open_door(session, "wechat", "r2").id)
        conversations.notice(session, other, "二")
    assert taken(other, "m1") == ["二"]
    assert taken(ident, "m1") == ["一"]


def test_what_was_not_committed_waits_still() -> None:
    ident = opened("一")
    with pytest.raises(RuntimeError), writing() as session:
        outbox.take(session, ident, "m1", PLENTY, length)
        raise RuntimeError
    assert waiting(ident) == 1


def test_two_carriers_at_once_share_nothing() -> None:
    ident = opened("一", "二", "三")
    gate = Barrier(2, timeout=30)

    def run(carrier: str) -> list[str]:
        gate.wait()
        return taken(ident, carrier)

    with ThreadPoolExecutor(2) as pool:
        shares = list(pool.map(run, ["m1", "m2"]))
    assert sorted(shares, key=len) == [[], ["一", "二", "三"]]


def test_the_same_carrier_twice_at_once_gets_the_same() -> None:
    ident = opened("五个字的话", "也是五个字")
    with ThreadPoolExecutor(1) as pool:
        with writing() as session:
            first = [message.text for message in outbox.take(session, ident, "m1", 5, length)]
            again = pool.submit(taken, ident, "m1", 5)
            if is_postgresql(session):  # let it come to where it waits for us; SQLite lets one writer in at a time
                blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                while not again.done() and not session.execute(blocked).scalar():
                    pass
        assert again.result(timeout=30) == first
    assert waiting(ident) == 1
