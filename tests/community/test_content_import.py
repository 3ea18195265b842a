"""Content files: all or nothing, every bad row named, and what is exported can be imported again unchanged."""

from __future__ import annotations

import csv
import io
import shutil
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import jmk
from community import catalog, content_formats, content_import
from community.database import reading, writing
from community.errors import ContentErrors
from community.models import Base, Contact, Hours, Medicine, Place
from tests.conftest import SAMPLE, SECOND

PLACES = "place_id,name,source,updated_on\nhall,办事大厅,示例,2026-11-01\nclinic,卫生站,示例,2026-11-01\n"
CONTACTS = "contact_id,name,phone,source\n"
ACTIVITIES = "activity_id,name,starts_at,capacity\n"


def folder(at: Path, places: str = PLACES, **files: str) -> Path:
    """A content folder with these files."""
    at.mkdir(parents=True, exist_ok=True)
    for name, text in {"places": places, **files}.items():
        (at / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return at


def errors_of(path: Path) -> list[str]:
    with pytest.raises(ContentErrors) as caught:
        content_import.load(path)
    return caught.value.rows


def without_row_numbers(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {file: [{name: value for name, value in row.items() if name != "row"} for row in rows] for file, rows in tables.items()}


@pytest.mark.parametrize("content", [SAMPLE, SECOND], ids=["sample", "second"])
def test_both_communities_have_a_row_for_every_line(content: Path) -> None:
    tables = content_import.load(content)
    assert set(tables) == {form.file for form in content_formats.FORMATS}
    for file, rows in tables.items():
        with (content / f"{file}.csv").open(encoding="utf-8-sig", newline="") as lines:
            assert len(rows) == len(list(csv.DictReader(lines))), file


def test_places_alone_are_a_community(tmp_path: Path) -> None:
    tables = content_import.load(folder(tmp_path))
    assert [(row["place_id"], row["name"], row["aliases"], row["phone"]) for row in tables["places"]] == [
        ("hall", "办事大厅", [], None),
        ("clinic", "卫生站", [], None),
    ]
    assert tables["hours"] == []


def test_values_are_read_as_what_they_are(tmp_path: Path) -> None:
    files = {
        "hours": "place_id,service,weekdays,opens,closes,valid_from\nhall,,1-5, 8:30 ,24:00,2026-11-01\n",
        "medicines": "medicine_id,name,brands,prescription,source\nnif,硝苯地平控释片,拜新同| 欣然 |,YES,示例\n",
        "activities": "activity_id,name,place_id,starts_at,capacity\nfilm,老电影,hall,2026-11-21 13:30,60\n",
    }
    tables = content_import.load(folder(tmp_path, **files))
    hours, medicine, activity = tables["hours"][0], tables["medicines"][0], tables["activities"][0]
    assert (hours["opens"], hours["closes"], hours["service"], hours["valid_from"]) == ("08:30", "24:00", None, date(2026, 11, 1))
    assert (medicine["brands"], medicine["prescription"]) == (["拜新同", "欣然"], True)
    assert (activity["starts_at"], activity["capacity"]) == ("2026-11-21T13:30", 60)


def test_a_byte_order_mark_windows_line_ends_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    plain = content_import.load(folder(tmp_path / "plain"))
    marked = folder(tmp_path / "marked", places="\ufeff" + PLACES.replace("\n", "\r\n") + ",,,\r\n\r\n")
    assert without_row_numbers(content_import.load(marked)) == without_row_numbers(plain)


def test_columns_in_any_order(tmp_path: Path) -> None:
    places = "updated_on,source,name,place_id\n2026-11-01,示例,办事大厅,hall\n"
    assert content_import.load(folder(tmp_path, places))["places"][0]["place_id"] == "hall"


def test_every_bad_row_is_named(tmp_path: Path) -> None:
    places = "place_id,name,source,updated_on\n大厅,办事大厅,示例,2026-11-01\nclinic,,示例,2026-11-01\nhall,办事大厅,示例,去年\n"
    assert errors_of(folder(tmp_path, places)) == [
        "places.csv:2 place_id: '大厅' is not an id (ASCII letters, digits, - _ . and at most 64)",
        "places.csv:3 name: must not be empty",
        "places.csv:4 updated_on: '去年' is not a date like 2026-11-24",
    ]


def test_bad_rows_of_several_files_and_several_in_one_row(tmp_path: Path) -> None:
    files = {
        "hours": "place_id,weekdays,opens,closes\nhall,1-8,25:00,11:60\n",
        "projects": "project_id,name,progress_percent,households,source,updated_on\nblock,地块,101,几百,示例,2026-11-01\n",
    }
    assert [line.partition(": ")[0] for line in errors_of(folder(tmp_path, **files))] == [
        "hours.csv:2 weekdays",
        "hours.csv:2 opens",
        "hours.csv:2 closes",
        "projects.csv:2 progress_percent",
        "projects.csv:2 households",
    ]


def test_a_row_number_is_that_of_the_row_in_a_spreadsheet(tmp_path: Path) -> None:
    places = 'place_id,name,note,source,updated_on\nhall,办事大厅,"一楼\n二楼",示例,2026-11-01\n,,,,\nclinic,,,示例,2026-11-01\n'
    assert errors_of(folder(tmp_path, places)) == ["places.csv:4 name: must not be empty"]


def test_an_unknown_column_names_the_nearest(tmp_path: Path) -> None:
    errors = errors_of(folder(tmp_path, PLACES.replace("updated_on", "updated")))
    assert "places.csv:1 updated: unknown column; did you mean updated_on?" in errors
    assert "places.csv:1 updated_on: column missing" in errors


def test_a_column_twice(tmp_path: Path) -> None:
    assert errors_of(folder(tmp_path, "place_id,name,name,source,updated_on\n")) == ["places.csv:1 name: column twice"]


def test_an_unknown_file_names_the_nearest(tmp_path: Path) -> None:
    assert errors_of(folder(tmp_path, hour="place_id\n")) == ["hour.csv: unknown file; did you mean hours?"]


def test_no_places_an_empty_file_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert errors_of(tmp_path / "empty") == ["places.csv: missing; a community needs at least its places"]
    assert errors_of(folder(tmp_path / "header", contacts="")) == ["contacts.csv: empty; the header row is missing"]
    assert errors_of(tmp_path / "none") == [f"{tmp_path / 'none'}: neither a folder of CSV files nor an .xlsx file"]


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_bytes(PLACES.encode("gb18030"))
    (error,) = errors_of(tmp_path)
    assert error.startswith("places.csv: is not UTF-8 CSV")


def test_too_many_cells_in_a_row(tmp_path: Path) -> None:
    errors = errors_of(folder(tmp_path, PLACES + "desk,咨询台，一楼,示例,2026-11-01,多了\n"))
    assert errors == ["places.csv:4 updated_on: 5 cells in a row of 4 columns"]


@pytest.mark.parametrize(
    ("file", "text", "error"),
    [
        (
            "hours",
            "place_id,weekdays,opens,closes\nhal,1-5,08:00,09:00\n",
            "hours.csv:2 place_id: no 'hal' in places.csv; did you mean hall?",
        ),
        ("stock", "place_id,medicine_id,status,updated_on\nhall,x,in,2026-11-01\n", "stock.csv:2 medicine_id: no 'x' in medicines.csv"),
        ("contacts", CONTACTS + "a,甲,1,示例\nb,乙,2,示例\na,丙,3,示例\n", "contacts.csv:4 contact_id: 'a' stands in row 2 too"),
        (
            "projects",
            "project_id,name,stage,source,updated_on\nblock,地块,签约,示例,2026-11-01\n",
            "projects.csv:2 stage: '签约' is no stage of this project in stages.csv",
        ),
        ("hours", "place_id,weekdays,opens,closes\nhall,1-5,09:00,8:00\n", "hours.csv:2 closes: 08:00 is before opens 09:00"),
        (
            "closures",
            "place_id,from_date,to_date,source\nhall,2026-11-05,2026-11-04,示例\n",
            "closures.csv:2 to_date: 2026-11-04 is before from_date 2026-11-05",
        ),
        (
            "stock",
            "place_id,medicine_id,status,updated_on\nhall,x,有,2026-11-01\n",
            "stock.csv:2 status: '有' is none of in, low, out",
        ),
        (
            "medicines",
            "medicine_id,name,prescription,source\nx,片,maybe,示例\n",
            "medicines.csv:2 prescription: 'maybe' is neither yes nor no",
        ),
        ("activities", ACTIVITIES + "a,课,明天,3\n", "activities.csv:2 starts_at: '明天' is not a time like 2026-11-24T09:30"),
        ("activities", ACTIVITIES + "a,课,2026-11-24T09:30,-3\n", "activities.csv:2 capacity: '-3' is not a whole number"),
    ],
)
def test_a_bad_row(tmp_path: Path, file: str, text: str, error: str) -> None:
    assert errors_of(folder(tmp_path, **{file: text})) == [error]


@pytest.mark.parametrize(
    ("file", "text", "where"),
    [
        ("contacts", CONTACTS + f"a,{'长' * 201},021,示例\n", "contacts.csv:2 name"),
        ("contacts", CONTACTS + f"a,居委会,{'1' * 65},示例\n", "contacts.csv:2 phone"),
        ("contacts", CONTACTS + "a,居委\x00会,021,示例\n", "contacts.csv:2 name"),
        ("activities", ACTIVITIES + f"a,课,2026-11-24T09:30,{2**31}\n", "activities.csv:2 capacity"),
        ("hours", f"place_id,service,weekdays,opens,closes\nhall,{'窗' * 101},1-5,08:00,09:00\n", "hours.csv:2 service"),
    ],
    ids=["long name", "long phone", "zero byte", "huge number", "long service"],
)
def test_a_cell_that_a_database_cannot_hold_is_a_bad_row(tmp_path: Path, file: str, text: str, where: str) -> None:
    (error,) = errors_of(folder(tmp_path, **{file: text}))
    assert error.startswith(where + ": ")


def content(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Every row of every content table."""
    return {
        form.file: [dict(row) for row in session.execute(select(form.model.__table__).order_by(form.model.pos)).mappings()]
        for form in content_formats.FORMATS
    }


def test_a_bad_import_changes_nothing(sample: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = folder(
        tmp_path / "bad", "place_id,name,source,updated_on\nhall,,示例,2026-11-01\nb c,卫生站,示例,2026-11-01\ndesk,咨询台,,2026-11-01\n"
    )
    with reading() as session:
        before, version = content(session), catalog.version(session)
    assert jmk.main(["import", str(bad)]) == 1
    with reading() as session:
        assert content(session) == before
        assert catalog.version(session) == version
    told = capsys.readouterr().err
    assert [line.partition(": ")[0] for line in told.splitlines()[:3]] == [
        "places.csv:2 name",
        "places.csv:3 place_id",
        "places.csv:4 source",
    ]


def test_a_failure_half_way_changes_nothing(sample: str) -> None:
    tables = content_import.load(SECOND)
    tables["teams"] += tables["teams"]  # the last file: all others are in by then
    with reading() as session:
        before = content(session)
    with pytest.raises(IntegrityError), writing() as session:
        content_import.replace_content(session, tables)
    with reading() as session:
        assert content(session) == before


def test_an_import_replaces_everything(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert jmk.main(["import", str(SECOND)]) == 0
    hours = len(content_import.load(SECOND)["hours"])
    assert f", {hours} hours, " in capsys.readouterr().out
    with reading() as session:
        assert session.get(Place, "service-hall") is None
        assert session.get(Place, "riverside-center").name == "滨河社区邻里中心"
        assert session.execute(select(func.count()).select_from(Hours)).scalar() == hours


def test_a_dry_run_changes_nothing(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert jmk.main(["import", str(SECOND), "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("would import ")
    with reading() as session:
        assert session.get(Place, "service-hall") is not None


def test_export_then_import_changes_nothing(sample: str, tmp_path: Path) -> None:
    with reading() as session:
        before = content(session)
        content_import.export_content(session, tmp_path / "first")
    tables = content_import.load(tmp_path / "first")
    with writing() as session:
        content_import.replace_content(session, tables)
    with reading() as session:
        assert content(session) == before
        content_import.export_content(session, tmp_path / "second")
    for file in sorted((tmp_path / "first").iterdir()):
        assert file.read_bytes() == (tmp_path / "second" / file.name).read_bytes(), file.name


def workbook(at: Path, source: Path) -> Path:
    """An .xlsx with the sheets of a content folder; dates and whole numbers typed as such."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for file in sorted(source.glob("*.csv")):
        sheet = book.create_sheet(file.stem)
        for row in content_import.read_csv(file.read_bytes()):
            sheet.append([typed(cell) for cell in row])
    book.save(at)
    return at


def typed(cell: str) -> object:
    for kind in (int, date.fromisoformat, datetime.fromisoformat, time.fromisoformat):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell or None


@pytest.mark.parametrize("source", [SAMPLE, SECOND], ids=["sample", "second"])
def test_a_workbook_says_the_same_as_the_folder(tmp_path: Path, source: Path) -> None:
    book = content_import.load(workbook(tmp_path / "content.xlsx", source))
    assert without_row_numbers(book) == without_row_numbers(content_import.load(source))


def small_workbook(at: Path, *rows: list[object]) -> Path:
    book = Workbook()
    book.worksheets[0].title = "places"
    for row in rows:
        book.worksheets[0].append(row)
    book.save(at)
    return at


HEADER: list[object] = ["place_id", "name", "source", "updated_on"]


def test_a_bad_row_of_a_workbook_has_the_number_that_the_spreadsheet_shows(tmp_path: Path) -> None:
    book = small_workbook(
        tmp_path / "a.xlsx", HEADER, ["hall", "办事大厅", "示例", date(2026, 11, 1)], [], ["clinic", None, "示例", date(2026, 11, 1)]
    )
    assert errors_of(book) == ["places.csv:4 name: must not be empty"]


def test_an_unused_column_at_the_end_is_no_error(tmp_path: Path) -> None:
    book = small_workbook(tmp_path / "a.xlsx", [*HEADER, " "], ["hall", "办事大厅", "示例", date(2026, 11, 1), None])
    assert [row["place_id"] for row in content_import.load(book)["places"]] == ["hall"]
    files = folder(tmp_path / "csv", PLACES.replace("\n", ",\n"))
    assert [row["place_id"] for row in content_import.load(files)["places"]] == ["hall", "clinic"]


def test_an_unknown_sheet(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].title = "place"
    book.save(tmp_path / "a.xlsx")
    assert errors_of(tmp_path / "a.xlsx")[0] == "place: unknown file; did you mean places?"


def test_a_file_that_only_looks_like_a_workbook(tmp_path: Path) -> None:
    shutil.copy(SAMPLE / "places.csv", tmp_path / "a.xlsx")
    assert len(errors_of(tmp_path / "a.xlsx")) == 1


# What a cell may hold once it is in the database: text without blanks at its ends.
CHARACTERS = st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00")
CELL = st.text(CHARACTERS, min_size=1, max_size=20).map(str.strip).filter(bool)
ITEM = CELL.map(lambda cell: cell.replace("|", "").strip()).filter(bool)
ID = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
PARSERS: list[tuple[Any, Any]] = [
    (content_formats.text, CELL),
    (content_formats.ident, ID),
    (content_formats.many, st.lists(ITEM, min_size=1, max_size=4)),
    (content_formats.day, st.dates()),
    (content_formats.moment, st.datetimes(datetime(1000, 1, 1)).map(lambda at: at.strftime("%Y-%m-%dT%H:%M"))),
    (content_formats.clock_time, st.integers(0, 1440).map(lambda n: f"{n // 60:02d}:{n % 60:02d}")),
    (content_formats.whole, st.integers(0, 2**31 - 1)),
    (content_formats.percent, st.integers(0, 100)),
    (content_formats.yes_no, st.booleans()),
    (content_formats.weekdays, st.sampled_from(["1-5", "6,7", "1-3,6", "holiday", "workday"])),
]


@pytest.mark.parametrize(("parse", "values"), PARSERS, ids=[parse.__name__ for parse, _ in PARSERS])
@given(data=st.data())
def test_a_written_value_reads_as_itself(parse: Any, values: Any, data: Any) -> None:
    value = data.draw(values)
    assert parse(content_formats.written(value)) == value


@pytest.mark.parametrize("parse", [parse for parse, _ in PARSERS], ids=[parse.__name__ for parse, _ in PARSERS])
@given(cell=CELL | st.from_regex(r"[0-9|:,T+-]{1,12}", fullmatch=True))
def test_any_cell_is_read_or_refused_with_a_reason(parse: Any, cell: str) -> None:
    try:
        value = parse(cell)
    except ValueError as reason:
        assert repr(cell) in str(reason)
    else:
        assert parse(content_formats.written(value)) == value or value == []


@given(st.integers(0, 30), st.integers(0, 99))
def test_a_time_of_day_lies_between_midnight_and_midnight(hour: int, minute: int) -> None:
    cell, good = f"{hour}:{minute:02d}", hour * 60 + minute <= 1440 and minute <= 59
    if good:
        assert content_formats.clock_time(cell) == f"{hour:02d}:{minute:02d}"
    else:
        with pytest.raises(ValueError, match="not a time of day"):
            content_formats.clock_time(cell)


@pytest.mark.parametrize("cell", ["", "0", "8", "5-1", "1-", "1;2", "Mon", "holiday,1", "1,,2"])
def test_what_is_no_weekdays(cell: str) -> None:
    with pytest.raises(ValueError, match="weekdays"):
        content_formats.weekdays(cell)


@given(st.lists(st.lists(CELL | st.just(""), min_size=2, max_size=4), max_size=5))
def test_any_csv_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    assert content_import.read_csv(file.getvalue().encode("utf-8-sig")) == rows


OPTIONAL = CELL | st.none()
MEDICINES = st.builds(
    lambda **values: Medicine(medicine_id="x", pos=1, **values),
    name=CELL,
    brands=st.lists(ITEM, max_size=3),
    aliases=st.lists(ITEM, max_size=3),
    spec=OPTIONAL,
    category=OPTIONAL,
    prescription=st.booleans(),
    note=OPTIONAL,
    source=CELL,
)


@settings(max_examples=40)
@example(Medicine(medicine_id="x", pos=1, name="上一行\r下一行", brands=[], aliases=[], prescription=True, source="示例"))
@given(medicine=MEDICINES)
def test_any_row_survives_export_and_import(tmp_path_factory: pytest.TempPathFactory, medicine: Medicine) -> None:
    engine = create_engine("sqlite://", future=True)
    Base.metadata.create_all(engine)
    at = tmp_path_factory.mktemp("export")
    with Session(engine, future=True) as session:
        session.add(Place(place_id="hall", pos=1, name="大厅", aliases=[], source="示例", updated_on=date(2026, 11, 1)))
        session.merge(medicine)
        session.flush()
        before = content(session)
        content_import.export_content(session, at)
        content_import.replace_content(session, content_import.load(at))
        assert content(session) == before
    shutil.rmtree(at)


def test_a_phone_number_keeps_its_zeros(empty_database: str, tmp_path: Path) -> None:
    tables = content_import.load(folder(tmp_path, contacts=CONTACTS + "a,居委会,02155550108,示例\n"))
    with writing() as session:
        content_import.replace_content(session, tables)
    with reading() as session:
        assert session.get(Contact, "a").phone == "02155550108"
