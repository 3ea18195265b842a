"""Who says what to whom: nothing is lost, nothing is said twice, and one owner at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select

from community import clock, conversations, events, staff_accounts
from community.conversations import CLAIM_SECONDS
from community.database import reading, writing
from community.errors import Conflict, Forbidden, NotFound
from community.models import Audit, Conversation, Message, Staff

NOW = datetime(2026, 11, 24, 10, 0)
T = TypeVar("T")


@pytest.fixture(autouse=True)
def stopped_clock(empty_database: str) -> Iterator[None]:
    """It is 10 o'clock, in an empty database of each kind."""
    with clock.fixed(NOW):
        yield


def opened(resident: str = "r1", door: str = "web") -> int:
    with writing() as session:
        return int(conversations.open_door(session, door, resident).id)


def wrote(conversation_id: int, text: str, client_id: str | None = None) -> int:
    with writing() as session:
        return int(conversations.receive(session, conversation_id, text, client_id or text).id)


def claimed(conversation_id: int | None = None) -> int | None:
    """The id of the message that a worker may answer now."""
    with writing() as session:
        message = conversations.claim_next(session, conversation_id)
        return message and message.id


def turn(*replies: str, handoff: str | None = None, urgent: bool = False) -> dict[str, Any]:
    """What the bot makes of a message."""
    return {
        "replies": [{"text": text, "buttons": [{"title": "再问", "payload": "/again"}]} for text in replies],
        "facts": [{"kind": "place", "id": "hall"}],
        "handoff": handoff,
        "urgent": urgent,
        "understanding": {"intent": "ask"},
    }


def answered(message_id: int, epoch: int, what: dict[str, Any]) -> bool:
    with writing() as session:
        return conversations.store_answer(session, message_id, epoch, what)


def colleague(username: str, name: str, role: str = "staff") -> Staff:
    with writing() as session:
        staff = Staff(username=username, name=name, role=role, password_hash="-", created_at=NOW)
        session.add(staff)
        session.flush()
        return staff


def took(conversation_id: int, staff: Staff) -> None:
    with writing() as session:
        conversations.claim(session, conversation_id, staff)


def now_is(conversation_id: int) -> Conversation:
    with reading() as session:
        return conversations.get(session, conversation_id)


def said(conversation_id: int) -> list[tuple[str, str]]:
    with reading() as session:
        return [(message.sender, message.text) for message in conversations.history(session, conversation_id)]


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """What `work` gives in each of `count` threads that begin together."""
    gate = Barrier(count, timeout=30)

    def run(n: int) -> T:
        gate.wait()
        return work(n)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_a_resident_has_one_conversation_at_a_door() -> None:
    assert opened("r1") == opened("r1")
    assert len({opened("r1", "web"), opened("r1", "wechat"), opened("r2", "web")}) == 3


def test_two_first_messages_at_once_open_one_conversation() -> None:
    assert len(set(at_once(4, lambda _: opened("new")))) == 1


def test_a_conversation_is_found_by_its_token() -> None:
    with writing() as session:
        ident = conversations.open_door(session, "web", "r1", staff_accounts.digest("token")).id
    with reading() as session:
        found = conversations.by_token(session, staff_accounts.digest("token"))
        assert found is not None
        assert found.id == ident
        assert conversations.by_token(session, staff_accounts.digest("other")) is None


def test_the_same_client_id_is_one_message() -> None:
    ident = opened()
    first = wrote(ident, "卫生站几点开门", "c1")
    assert wrote(ident, "卫生站几点开门", "c1") == first
    assert said(ident) == [("resident", "卫生站几点开门")]


def test_the_same_client_id_at_once_is_one_message_and_one_event() -> None:
    ident = opened()
    assert len(set(at_once(4, lambda _: wrote(ident, "你好", "c1")))) == 1
    assert said(ident) == [("resident", "你好")]
    with reading() as session:
        assert len(events.after(session, 0, ident)) == 1


def test_the_same_client_id_of_two_residents_is_two_messages() -> None:
    assert wrote(opened("r1"), "你好", "c1") != wrote(opened("r2"), "你好", "c1")


def test_many_messages_at_once_are_all_kept() -> None:
    ident = opened()
    at_once(6, lambda n: wrote(ident, f"第{n}句"))
    assert sorted(text for _, text in said(ident)) == [f"第{n}句" for n in range(6)]


def test_a_message_is_answered_and_the_answer_belongs_to_it() -> None:
    ident = opened()
    message = wrote(ident, "卫生站几点开门")
    assert claimed() == message
    assert answered(message, 0, turn("早上8点。", "还要问啥？"))
    assert said(ident) == [("resident", "卫生站几点开门"), ("bot", "早上8点。"), ("bot", "还要问啥？")]
    with reading() as session:
        replies = conversations.replies_to(session, message)
        assert [reply.facts for reply in replies] == [[], [{"kind": "place", "id": "hall"}]]
        assert conversations.message(session, message).understanding == {"intent": "ask"}
        assert conversations.last_buttons(session, ident, 10**6) == [{"title": "再问", "payload": "/again"}]
        assert conversations.last_buttons(session, ident, message) == []
        assert not conversations.any_new(session)


def test_a_message_is_answered_once() -> None:
    message = wrote(opened(), "你好")
    assert answered(message, 0, turn("您好。"))
    assert not answered(message, 0, turn("您好。"))
    with reading() as session:
        assert len(conversations.replies_to(session, message)) == 1


def test_two_workers_with_the_same_answer_store_one() -> None:
    ident = opened()
    message = wrote(ident, "你好")
    assert sorted(at_once(2, lambda _: answered(message, 0, turn("您好。")))) == [False, True]
    assert said(ident) == [("resident", "你好"), ("bot", "您好。")]


def test_a_message_is_claimed_by_one_worker_only() -> None:
    message = wrote(opened(), "你好")
    assert sorted(at_once(2, lambda _: claimed()), key=str) == [message, None]


def test_workers_share_the_messages_of_many_residents() -> None:
    messages = {wrote(opened(f"r{n}"), "你好") for n in range(8)}

    def work(_: int) -> list[int]:
        mine = []
        while (message := claimed()) is not None:
            mine.append(message)
        return mine

    shares = at_once(2, work)
    rest = work(0)  # a worker may see nothing free while the other one holds the next
    assert sorted([*shares[0], *shares[1], *rest]) == sorted(messages)


def test_the_messages_of_a_conversation_are_answered_in_order() -> None:
    ident = opened()
    first, second = wrote(ident, "第一句"), wrote(ident, "第二句")
    assert claimed() == first
    assert claimed() is None
    assert answered(first, 0, turn("好。"))
    assert claimed() == second


def test_one_resident_does_not_hold_up_another() -> None:
    one, other = opened("r1"), opened("r2")
    first, _, third = wrote(one, "一"), wrote(one, "二"), wrote(other, "三")
    assert (claimed(), claimed(), claimed()) == (first, third, None)


def test_a_claim_of_one_conversation_takes_nothing_of_another() -> None:
    one, other = opened("r1"), opened("r2")
    wrote(one, "一")
    message = wrote(other, "二")
    assert claimed(other) == message
    assert claimed(other) is None


def test_a_message_claimed_by_a_dead_worker_is_answered_after_the_claim_ends() -> None:
    ident = opened()
    message = wrote(ident, "你好")
    assert claimed() == message
    with clock.fixed(NOW + timedelta(seconds=CLAIM_SECONDS - 1)):
        assert claimed() is None
    with clock.fixed(NOW + timedelta(seconds=CLAIM_SECONDS + 1)):
        assert claimed() == message
        assert answered(message, 0, turn("您好。"))
        # The first worker was only slow: what it says now is too late.
        assert not answered(message, 0, turn("您好呀。"))
    assert said(ident) == [("resident", "你好"), ("bot", "您好。")]


def test_a_message_given_back_can_be_claimed_at_once() -> None:
    message = wrote(opened(), "你好")
    assert claimed() == message
    with writing() as session:
        conversations.release(session, message)
    assert claimed() == message


def test_a_worker_that_fails_half_way_leaves_the_message_unclaimed() -> None:
    message = wrote(opened(), "你好")
    with pytest.raises(RuntimeError), writing() as session:
        conversations.claim_next(session)
        raise RuntimeError
    assert claimed() == message


def test_a_reply_computed_before_a_take_over_is_not_stored() -> None:
    ident = opened()
    message = wrote(ident, "你好")
    assert claimed() == message
    took(ident, colleague("wang", "王阿姨"))
    assert not answered(message, 0, turn("您好。", handoff="asked"))
    assert said(ident) == [("resident", "你好"), ("system", "工作人员 王阿姨 来为您服务。")]
    assert (now_is(ident).owner, now_is(ident).epoch) == ("staff", 1)
    assert claimed() is None


def test_a_reply_computed_before_a_take_over_and_hand_back_is_not_stored() -> None:
    ident, staff = opened(), colleague("wang", "王阿姨")
    message = wrote(ident, "你好")
    took(ident, staff)
    with writing() as session:
        conversations.hand_back(session, ident, staff)
    assert not answered(message, 0, turn("您好。"))
    assert "您好。" not in [text for _, text in said(ident)]


def test_an_emergency_understood_during_a_take_over_is_not_lost() -> None:
    ident = opened()
    message = wrote(ident, "屋里煤气味道老重")
    took(ident, colleague("wang", "王阿姨"))
    answered(message, 0, turn("请马上打119。", handoff="emergency", urgent=True))
    assert now_is(ident).urgent


def test_a_hand_off_puts_the_conversation_into_the_queue() -> None:
    ident = opened()
    message = wrote(ident, "转人工")
    assert answered(message, 0, turn("马上找人。", handoff="asked"))
    found = now_is(ident)
    assert (found.owner, found.reason, found.urgent, found.queued_at, found.epoch) == ("queue", "asked", False, NOW, 1)
    with reading() as session:
        assert conversations.waiting_count(session) == 1


def test_an_emergency_is_urgent_from_the_start() -> None:
    ident = opened()
    assert answered(wrote(ident, "着火了"), 0, turn("请马上打119。", handoff="emergency", urgent=True))
    assert (now_is(ident).owner, now_is(ident).urgent) == ("queue", True)


@pytest.mark.parametrize("staffed", [True, False], ids=["staff", "queue"])
def test_an_emergency_while_a_person_has_it_marks_it_urgent_and_is_answered(staffed: bool) -> None:
    ident, staff = opened(), colleague("wang", "王阿姨")
    with writing() as session:
        conversations.escalate(session, ident, "asked")
    if staffed:
        took(ident, staff)
    before = now_is(ident)
    message = wrote(ident, "我胸口痛得厉害")
    assert claimed() == message
    with writing() as session:
        last = events.newest(session)
        conversations.store_listening(session, message, turn("请马上打120。", handoff="emergency", urgent=True))
    after = now_is(ident)
    assert (after.owner, after.staff_id, after.epoch, after.urgent) == (before.owner, before.staff_id, before.epoch, True)
    assert said(ident)[-1] == ("bot", "请马上打120。")
    with reading() as session:
        assert "owner" in [event.kind for event in events.after(session, last, ident)]
        assert conversations.message(session, message).understanding == {"intent": "ask"}
    assert claimed() is None


def test_the_bot_only_listens_while_a_person_has_it() -> None:
    ident = opened()
    took(ident, colleague("wang", "王阿姨"))
    message = wrote(ident, "谢谢")
    with writing() as session:
        conversations.store_listening(session, message, turn())
    assert said(ident)[-1] == ("resident", "谢谢")
    assert not now_is(ident).urgent
    assert claimed() is None


def test_a_slow_listener_does_not_say_it_twice() -> None:
    ident = opened()
    took(ident, colleague("wang", "王阿姨"))
    message = wrote(ident, "我胸口痛得厉害")
    for _ in range(2):
        with writing() as session:
            conversations.store_listening(session, message, turn("请马上打120。", urgent=True))
    assert [text for _, text in said(ident)].count("请马上打120。") == 1


def test_an_escalation_of_what_a_person_has_only_makes_it_urgent() -> None:
    ident, staff = opened(), colleague("wang", "王阿姨")
    took(ident, staff)
    with writing() as session:
        conversations.escalate(session, ident, "emergency", urgent=True)
    with writing() as session:
        conversations.escalate(session, ident, "asked")
    found = now_is(ident)
    assert (found.owner, found.staff_id, found.epoch, found.urgent) == ("staff", staff.id, 1, True)


def test_a_second_colleague_is_told_who_was_quicker() -> None:
    ident, wang, li = opened(), colleague("wang", "王阿姨"), colleague("li", "李师傅")
    took(ident, wang)
    took(ident, wang)  # again by the same one: nothing happens
    assert [sender for sender, _ in said(ident)] == ["system"]
    with pytest.raises(Conflict, match="王阿姨已经接了这个对话。"):
        took(ident, li)
    assert now_is(ident).staff_id == wang.id


def test_of_two_colleagues_at_once_one_gets_it() -> None:
    ident, both = opened(), [colleague("wang", "王阿姨"), colleague("li", "李师傅")]
    with writing() as session:
        conversations.escalate(session, ident, "asked")

    def take(n: int) -> str:
        try:
            took(ident, both[n])
        except Conflict:
            return "conflict"
        return "took"

    assert sorted(at_once(2, take)) == ["conflict", "took"]
    assert now_is(ident).epoch == 2
    assert len(said(ident)) == 1


def test_only_the_one_who_has_it_may_reply() -> None:
    ident, wang, li = opened(), colleague("wang", "王阿姨"), colleague("li", "李师傅", "admin")
    with pytest.raises(Forbidden, match="接手"), writing() as session:
        conversations.staff_reply(session, ident, wang, "您好", "s1")
    took(ident, wang)
    with writing() as session:
        first = conversations.staff_reply(session, ident, wang, "您好", "s1").id
    with writing() as session:
        assert conversations.staff_reply(session, ident, wang, "您好", "s1").id == first
    with pytest.raises(Forbidden), writing() as session:
        conversations.staff_reply(session, ident, li, "您好", "s2")
    assert said(ident)[1:] == [("staff", "您好")]


def test_after_a_hand_back_the_bot_answers_again() -> None:
    ident, staff = opened(), colleague("wang", "王阿姨")
    with writing() as session:
        conversations.escalate(session, ident, "emergency", urgent=True)
    took(ident, staff)
    with writing() as session:
        conversations.hand_back(session, ident, staff)
    found = now_is(ident)
    assert (found.owner, found.staff_id, found.urgent, found.reason, found.queued_at) == ("bot", None, False, None, None)
    assert said(ident)[-1][0] == "system"
    message = wrote(ident, "居委会电话")
    assert claimed() == message
    assert answered(message, found.epoch, turn("021-5555-0108"))
    assert said(ident)[-1] == ("bot", "021-5555-0108")


def test_a_hand_back_twice_is_one() -> None:
    ident, staff = opened(), colleague("wang", "王阿姨")
    took(ident, staff)
    for _ in range(2):
        with writing() as session:
            conversations.hand_back(session, ident, staff)
    assert len(said(ident)) == 2


def test_a_colleague_may_not_hand_back_what_another_has_but_a_supervisor_may() -> None:
    ident, wang = opened(), colleague("wang", "王阿姨")
    li, zhao = colleague("li", "李师傅"), colleague("zhao", "赵主任", "supervisor")
    took(ident, wang)
    with pytest.raises(Forbidden), writing() as session:
        conversations.hand_back(session, ident, li)
    assert now_is(ident).owner == "staff"
    with writing() as session:
        conversations.hand_back(session, ident, zhao)
    assert now_is(ident).owner == "bot"


def test_every_change_of_owner_is_on_record() -> None:
    ident, staff = opened(), colleague("wang", "王阿姨")
    answered(wrote(ident, "转人工"), 0, turn("好。", handoff="asked"))
    took(ident, staff)
    with writing() as session:
        conversations.hand_back(session, ident, staff)
    with reading() as session:
        rows = session.execute(select(Audit).where(Audit.subject == f"conversation:{ident}").order_by(Audit.id)).scalars().all()
        assert [(row.actor, row.action, row.at) for row in rows] == [
            ("bot", "escalate", NOW),
            (f"staff:{staff.id}", "claim", NOW),
            (f"staff:{staff.id}", "hand_back", NOW),
        ]
        assert events.newest(session) == events.after(session, 0, ident)[-1].id


def test_events_are_resumed_with_nothing_missed() -> None:
    one, other = opened("r1"), opened("r2")
    first = wrote(one, "一")
    with reading() as session:
        seen = events.newest(session)
    wrote(other, "别人的")
    answered(first, 0, turn("好。"))
    with reading() as session:
        missed = events.after(session, seen, one)
        assert [event.kind for event in missed] == ["message"]
        assert conversations.message(session, missed[0].message_id).text == "好。"
        assert [event.id for event in events.after(session, 0)] == sorted(event.id for event in events.after(session, 0))
        assert len(events.after(session, 0, limit=2)) == 2


def test_events_of_many_at_once_rise_in_the_order_of_commit() -> None:
    idents = [opened(f"r{n}") for n in range(4)]

    def work(n: int) -> bool:
        """Whether what this resident sees after writing holds every event before their own."""
        wrote(idents[n], "你好")
        with reading() as session:
            seen = [event.id for event in events.after(session, 0)]
            mine = events.after(session, 0, idents[n])[-1].id
        with reading() as session:
            later = [event.id for event in events.after(session, 0)]
        return [ident for ident in later if ident <= mine] == [ident for ident in seen if ident <= mine]

    assert all(at_once(4, work))


def test_the_history_goes_on_where_one_stopped() -> None:
    ident = opened()
    ids = [wrote(ident, f"第{n}句") for n in range(5)]
    with reading() as session:
        assert [row.id for row in conversations.history(session, ident)] == ids
        assert [row.id for row in conversations.history(session, ident, limit=2)] == ids[-2:]
        assert [row.id for row in conversations.history(session, ident, after=ids[1], limit=2)] == ids[2:4]
        assert conversations.history(session, ident, after=ids[-1]) == []


def test_the_desk_sees_urgent_and_longest_waiting_first() -> None:
    waiting = []
    for minute, urgent in enumerate([False, False, True]):
        with clock.fixed(NOW + timedelta(minutes=minute)):
            ident = opened(f"r{minute}")
            wrote(ident, f"第{minute}位")
            with writing() as session:
                conversations.escalate(session, ident, "asked", urgent)
            waiting.append(ident)
    quiet, wang = opened("quiet"), colleague("wang", "王阿姨")
    with reading() as session:
        rows = conversations.inbox(session, "waiting", wang.id)
        assert [row[0].id for row in rows] == [waiting[2], waiting[0], waiting[1]]
        assert (rows[0][1].external_id, rows[0][2], rows[0][3]) == ("r2", "第2位", None)
        assert conversations.inbox(session, "mine", wang.id) == []
    took(waiting[0], wang)
    with reading() as session:
        assert [(row[0].id, row[3]) for row in conversations.inbox(session, "mine", wang.id)] == [(waiting[0], "王阿姨")]
        assert {row[0].id for row in conversations.inbox(session, "all", wang.id)} == {*waiting, quiet}
        assert conversations.holder_name(session, conversations.get(session, waiting[0])) == "王阿姨"
        assert conversations.holder_name(session, conversations.get(session, quiet)) is None
        assert conversations.waiting_count(session) == 2


def test_what_is_not_there() -> None:
    with reading() as session:
        with pytest.raises(NotFound):
            conversations.get(session, 404)
        with pytest.raises(NotFound):
            conversations.message(session, 404)
        assert session.execute(select(func.count()).select_from(Message)).scalar() == 0
