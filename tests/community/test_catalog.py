"""The names that residents may use, and the version that tells when they changed."""

from __future__ import annotations

from datetime import date

import pytest

from community import catalog
from community.catalog import Name, generic_name
from community.database import reading, writing
from community.models import Activity, Address, Contact, Guide, Hours, Medicine, Place, Project, Stage
from tests.conftest import SECOND, import_folder

DAY = date(2026, 11, 1)


def test_the_sample_has_names(sample: str) -> None:
    with reading() as session:
        found = catalog.names(session)
    assert len(found) > 1000
    assert len(found) == len(set(found))
    assert all(name.text == name.text.strip() != "" for name in found)
    assert {
        Name("卫生站", "place", "health-station"),
        Name("社保窗口", "service", "社保窗口"),
        Name("拜新同", "medicine", "nifedipine-cr"),
        Name("泗塘一村", "estate", "泗塘一村"),
    } <= set(found)


def test_an_empty_database_has_no_names_and_version_0(empty_database: str) -> None:
    with reading() as session:
        assert catalog.names(session) == []
        assert catalog.version(session) == 0


def test_every_kind_of_name(empty_database: str) -> None:
    with writing() as session:
        session.add_all(
            [
                Place(place_id="hall", name="办事大厅", aliases=["大厅", " "], source="示例", updated_on=DAY),
                Hours(pos=1, place_id="hall", weekdays="1-5", opens="08:00", closes="09:00"),
                Hours(pos=2, place_id="hall", service="社保窗口", weekdays="1-5", opens="08:00", closes="09:00"),
                Project(project_id="block", name="3号地块", aliases=["三号地块"], source="示例", updated_on=DAY),
                Stage(pos=1, project_id="block", position=1, name="签约"),
                Address(pos=1, project_id="block", estate="泗塘一村", lane="呼玛路220弄"),
                Guide(guide_id="card", name="敬老卡", aliases=["老年卡"], materials=[], steps=[], source="示例", updated_on=DAY),
                Activity(activity_id="film", name="老电影", starts_at="2026-11-21T13:30"),
                Contact(contact_id="phone", name="居委会电话", aliases=[], phone="021", source="示例"),
            ]
        )
    with reading() as session:
        assert set(catalog.names(session)) == {
            Name("办事大厅", "place", "hall"),
            Name("大厅", "place", "hall"),
            Name("社保窗口", "service", "社保窗口"),
            Name("3号地块", "project", "block"),
            Name("三号地块", "project", "block"),
            Name("签约", "stage", "签约"),
            Name("泗塘一村", "estate", "泗塘一村"),
            Name("呼玛路220弄", "estate", "泗塘一村#呼玛路220弄"),
            Name("敬老卡", "guide", "card"),
            Name("老年卡", "guide", "card"),
            Name("老电影", "activity", "film"),
            Name("居委会电话", "contact", "phone"),
        }


def test_a_medicine_is_found_by_what_people_leave_out(empty_database: str) -> None:
    with writing() as session:
        session.add(
            Medicine(
                medicine_id="amlodipine",
                name="苯磺酸氨氯地平片",
                brands=["络活喜"],
                aliases=["洛活喜"],
                category="降压药",
                prescription=True,
                source="示例",
            )
        )
    with reading() as session:
        found = {(name.text, name.kind) for name in catalog.names(session)}
    assert {
        ("苯磺酸氨氯地平片", "medicine"),
        ("氨氯地平", "medicine"),
        ("氨氯地平片", "medicine"),
        ("络活喜", "medicine"),
        ("洛活喜", "medicine"),
    } <= found
    assert ("降压药", "category") in found


@pytest.mark.parametrize(
    ("name", "generic"),
    [
        ("硝苯地平控释片", "硝苯地平"),
        ("硝苯地平片", "硝苯地平"),
        ("阿莫西林胶囊", "阿莫西林"),
        ("布洛芬缓释胶囊", "布洛芬"),
        ("六味地黄丸（浓缩丸）", "六味地黄"),
        ("阿卡波糖", "阿卡波糖"),
        ("云南白药", "云南白药"),
        ("药片", "药片"),
    ],
)
def test_a_generic_name_is_the_name_without_its_form(name: str, generic: str) -> None:
    assert generic_name(name) == generic


def test_every_import_raises_the_version(sample: str) -> None:
    with reading() as session:
        before = catalog.version(session)
    import_folder(SECOND)
    with reading() as session:
        assert catalog.version(session) > before
        texts = {name.text for name in catalog.names(session)}
    assert "滨河书屋" in texts
    assert "社保窗口" not in texts


def test_a_change_that_is_undone_does_not_raise_the_version(sample: str) -> None:
    with reading() as session:
        before = catalog.version(session)
    with pytest.raises(RuntimeError), writing() as session:
        catalog.touch(session)
        raise RuntimeError
    with reading() as session:
        assert catalog.version(session) == before
