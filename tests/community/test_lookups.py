"""Questions that join tables: stock, same generic, progress, addresses, activities."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from community import lookups
from community.database import reading, writing
from community.models import Activity, Address, Faq, Medicine, Place, Project, Stage, Stock

DAY = date(2026, 11, 1)


def place(ident: str, name: str) -> Place:
    return Place(place_id=ident, name=name, aliases=[], source="示例", updated_on=DAY)


def medicine(pos: int, ident: str, name: str, category: str = "降压药") -> Medicine:
    return Medicine(pos=pos, medicine_id=ident, name=name, brands=[], aliases=[], category=category, prescription=True, source="示例")


def stock(pos: int, at: str, ident: str, status: str, expected_on: date | None = None) -> Stock:
    return Stock(pos=pos, place_id=at, medicine_id=ident, status=status, expected_on=expected_on, updated_on=DAY)


def project(ident: str, stage: str | None) -> Project:
    return Project(project_id=ident, name=ident, aliases=[], stage=stage, source="示例", updated_on=DAY)


def activity(ident: str, starts_at: str, repeats: str | None = None, ends_at: str | None = None, at: str | None = "clinic") -> Activity:
    return Activity(activity_id=ident, name=ident, place_id=at, starts_at=starts_at, ends_at=ends_at, repeats=repeats)


def faq(ident: str, valid_from: date | None, valid_to: date | None) -> Faq:
    return Faq(
        faq_id=ident, question="？", similar=[], answer="。", valid_from=valid_from, valid_to=valid_to, source="示例", updated_on=DAY
    )


@pytest.fixture
def session(empty_database: str) -> Iterator[Session]:
    """A small neighbourhood, ready to be asked."""
    with writing() as written:
        written.add_all(
            [
                place("clinic", "卫生站"),
                place("pharmacy", "药房"),
                medicine(1, "nif-cr", "硝苯地平控释片"),
                medicine(2, "nif", "硝苯地平片"),
                medicine(3, "amlo", "苯磺酸氨氯地平片"),
                medicine(4, "amlo-plain", "氨氯地平胶囊"),
                medicine(5, "cold", "感冒清热颗粒", "感冒药"),
                stock(1, "clinic", "nif", "out", date(2026, 12, 7)),
                stock(2, "clinic", "nif-cr", "low"),
                stock(3, "pharmacy", "nif", "in"),
                project("block2", "施工"),
                project("block3", None),
                project("block4", "回搬"),
                Stage(pos=1, project_id="block2", position=3, name="回搬"),
                Stage(pos=2, project_id="block2", position=1, name="签约"),
                Stage(pos=3, project_id="block2", position=2, name="施工"),
                Stage(pos=4, project_id="block3", position=1, name="签约"),
                Stage(pos=5, project_id="block4", position=1, name="回搬"),
                Address(pos=1, project_id="block2", estate="泗塘一村", buildings="1-12"),
                Address(pos=2, project_id="block2", estate="泗塘一村", lane="呼玛路200弄", buildings="1-12"),
                Address(pos=3, project_id="block3", estate="泗塘一村", lane="呼玛路220弄", buildings="13,15"),
                Address(pos=4, project_id="block4", estate="柳湾新村"),
                activity("film", "2026-11-21T13:30"),
                activity("taichi", "2026-11-23T08:30", "weekly", "2026-11-23T09:30"),
                activity("walk", "2026-11-24T06:00", "daily", at=None),
                activity("last-day", "2026-10-31T09:00", "monthly"),
                faq("always", None, None),
                faq("winter", date(2026, 11, 15), date(2027, 3, 15)),
                faq("past", None, date(2026, 11, 23)),
            ]
        )
    with reading() as read:
        yield read


def test_rows_by_id_keep_the_order_asked_for(session: Session) -> None:
    assert [row.place_id for row in lookups.by_ids(session, Place, ["pharmacy", "nowhere", "clinic"])] == ["pharmacy", "clinic"]
    assert lookups.by_ids(session, Place, []) == []


def test_stock_shows_what_is_there_first(session: Session) -> None:
    lines = lookups.stock(session, ["nif", "nif-cr"])
    assert [(line.place.name, line.medicine.medicine_id, line.status) for line in lines] == [
        ("药房", "nif", "in"),
        ("卫生站", "nif-cr", "low"),
        ("卫生站", "nif", "out"),
    ]
    assert lines[-1].expected_on == date(2026, 12, 7)


def test_stock_at_one_place_and_of_what_nobody_has(session: Session) -> None:
    assert [line.status for line in lookups.stock(session, ["nif"], ["clinic"])] == ["out"]
    assert lookups.stock(session, ["cold"]) == []
    assert lookups.stock(session, []) == []


def test_the_same_generic_in_another_form_or_salt(session: Session) -> None:
    found = {
        row.medicine_id: [other.medicine_id for other in lookups.same_generic(session, row)]
        for row in lookups.everything(session, Medicine)
    }
    assert found == {"nif-cr": ["nif"], "nif": ["nif-cr"], "amlo": ["amlo-plain"], "amlo-plain": ["amlo"], "cold": []}


def test_a_category(session: Session) -> None:
    assert [row.medicine_id for row in lookups.in_category(session, "降压药")] == ["nif-cr", "nif", "amlo", "amlo-plain"]
    assert lookups.in_category(session, "没有的药") == []


def test_progress_knows_the_stage_of_now_and_the_next(session: Session) -> None:
    under_way, waiting, last = lookups.progress(session, ["block2", "block3", "block4"])
    assert [stage.name for stage in under_way.stages] == ["签约", "施工", "回搬"]
    assert (under_way.current, under_way.next) == (1, 2)
    assert (waiting.current, waiting.next) == (None, 0)
    assert (last.current, last.next) == (0, None)


@pytest.mark.parametrize(
    ("estate", "building", "lane", "projects"),
    [
        ("泗塘一村", 3, None, ["block2"]),
        ("泗塘一村", 12, None, ["block2"]),
        ("泗塘一村", 15, None, ["block3"]),
        ("泗塘一村", 14, None, []),
        ("泗塘一村", None, None, ["block2", "block3"]),
        ("泗塘一村", None, "呼玛路220弄", ["block3"]),
        ("泗塘一村", 3, "呼玛路220弄", []),
        ("泗塘一村", 3, "没有的弄", ["block2"]),
        ("柳湾新村", 99, None, ["block4"]),
        ("别的小区", 1, None, []),
    ],
)
def test_an_address_belongs_to_a_project(
    session: Session, estate: str, building: int | None, lane: str | None, projects: list[str]
) -> None:
    assert lookups.projects_at(session, estate, building, lane) == projects


@pytest.mark.parametrize(
    ("cell", "inside", "outside"),
    [
        ("1-12", [1, 7, 12], [0, 13]),
        ("3,5", [3, 5], [4]),
        ("3、5号、8 - 10", [3, 5, 9], [4, 11]),
        ("3号", [3], [2]),
        ("", [1, 99], []),
        (None, [1], []),
        ("东楼", [], [1]),
    ],
)
def test_buildings(cell: str | None, inside: list[int], outside: list[int]) -> None:
    assert all(lookups.buildings_include(cell, number) for number in inside)
    assert not any(lookups.buildings_include(cell, number) for number in outside)


def test_activities_of_a_week_in_order_of_time(session: Session) -> None:
    found = lookups.occurrences(session, date(2026, 11, 30), date(2026, 12, 1))
    assert [(event.activity.activity_id, event.starts) for event in found] == [
        ("walk", datetime(2026, 11, 30, 6, 0)),
        ("taichi", datetime(2026, 11, 30, 8, 30)),
        ("walk", datetime(2026, 12, 1, 6, 0)),
    ]
    assert found[1].ends == datetime(2026, 11, 30, 9, 30)
    assert found[1].place is not None
    assert found[1].place.name == "卫生站"
    assert (found[0].place, found[0].ends) == (None, None)


def test_an_activity_does_not_take_place_before_its_first_day(session: Session) -> None:
    assert lookups.occurrences(session, date(2026, 11, 16), date(2026, 11, 20)) == []
    assert lookups.occurrences(session, date(2020, 1, 1), date(2020, 12, 31)) == []


def test_what_happens_once_happens_once(session: Session) -> None:
    assert [event.starts.date() for event in lookups.occurrences(session, date(2026, 1, 1), date(2027, 12, 31), ["film"])] == [
        date(2026, 11, 21)
    ]


def test_every_month_on_the_31st_leaves_out_months_without_one(session: Session) -> None:
    days = [event.starts.date() for event in lookups.occurrences(session, date(2026, 11, 1), date(2027, 5, 31), ["last-day"])]
    assert days == [date(2026, 12, 31), date(2027, 1, 31), date(2027, 3, 31), date(2027, 5, 31)]


def test_answers_that_hold_today(session: Session) -> None:
    assert {row.faq_id for row in lookups.valid_faqs(session, date(2026, 11, 24))} == {"always", "winter"}
    assert {row.faq_id for row in lookups.valid_faqs(session, date(2026, 11, 10))} == {"always", "past"}
    assert {row.faq_id for row in lookups.valid_faqs(session, date(2027, 3, 15))} == {"always", "winter"}
