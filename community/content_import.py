"""Reading content files into the database, all or nothing, and writing them out again (docs/content.md)."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from community import catalog
from community.content_formats import FORMATS, ORDERED, Format, written
from community.errors import ContentErrors

Sheet = list[list[str]]  # rows of cells, the header first


def read_csv(data: bytes) -> Sheet:
    """A CSV file's rows. Raises ValueError when it is not UTF-8 or not CSV."""
    try:
        return [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"is not UTF-8 CSV ({error})") from None


def _cell_text(value: Any) -> str:
    """An .xlsx cell as the CSV of the same table would have it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def read_sheets(path: Path) -> tuple[dict[str, Sheet], list[str]]:
    """The sheets of a folder of CSV files, or of one .xlsx, by file name without ending; and the errors."""
    known = {form.file for form in FORMATS}
    sheets: dict[str, Sheet] = {}
    errors: list[str] = []
    if path.is_file() and path.suffix == ".xlsx":
        from openpyxl import load_workbook  # brings numpy, which must not be there before `jmk serve bot` sets its threads
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            for sheet in load_workbook(path, read_only=True, data_only=True).worksheets:
                sheets[sheet.title] = [[_cell_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as error:
            return {}, [f"{path.name}: is not an .xlsx workbook ({error})"]
        label = ""
    elif path.is_dir():
        for file in sorted(path.glob("*.csv")):
            try:
                sheets[file.stem] = read_csv(file.read_bytes())
            except ValueError as error:
                errors.append(f"{file.name}: {error}")
        label = ".csv"
    else:
        return {}, [f"{path}: neither a folder of CSV files nor an .xlsx file"]
    for name in sorted(set(sheets) - known):
        errors.append(f"{name}{label}: unknown file{_nearest(name, known)}")
        del sheets[name]
    if "places" not in sheets and not any(error.startswith("places") for error in errors):
        errors.append(f"places{label}: missing; a community needs at least its places")
    return sheets, errors


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1, 0.4)
    return f"; did you mean {near[0]}?" if near else ""


def parse_sheet(form: Format, sheet: Sheet) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of one file as values (each with its row number under "row"), and the errors."""
    file, known = f"{form.file}.csv", {cell.name: cell for cell in form.cells}
    if not sheet or not any(cell.strip() for cell in sheet[0]):
        return [], [f"{file}: empty; the header row is missing"]
    header = [name.strip() for name in sheet[0]]
    while header and not header[-1] and not any("".join(row[len(header) - 1 :]).strip() for row in sheet[1:]):
        header.pop()  # unused columns at the end, as spreadsheets leave them
    errors = [f"{file}:1 {name}: unknown column{_nearest(name, known)}" for name in header if name not in known]
    errors += [f"{file}:1 {name}: column twice" for name in known if header.count(name) > 1]
    errors += [f"{file}:1 {cell.name}: column missing" for cell in form.cells if cell.required and cell.name not in header]
    if errors:
        return [], errors
    rows = []
    for number, cells in enumerate(sheet[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(header) :]):
            errors.append(f"{file}:{number} {header[-1]}: {len(cells)} cells in a row of {len(header)} columns")
            continue
        row, wrong = _parse_row(form, dict(zip(header, cells, strict=False)), f"{file}:{number}")
        errors += wrong
        rows.append({**row, "row": number})
    return rows, errors


def _parse_row(form: Format, cells: dict[str, str], where: str) -> tuple[dict[str, Any], list[str]]:
    row: dict[str, Any] = {}
    errors = []
    for cell in form.cells:
        raw = cells.get(cell.name, "").strip()
        row[cell.name] = [] if cell.parse.__name__ == "many" else None
        if not raw:
            if cell.required:
                errors.append(f"{where} {cell.name}: must not be empty")
            continue
        try:
            if "\x00" in raw:
                raise ValueError("holds a NUL character")
            row[cell.name] = value = cell.parse(raw)
            longest = getattr(form.model.__table__.c[cell.name].type, "length", None)
            if longest and isinstance(value, str) and len(value) > longest:
                raise ValueError(f"{len(value)} characters; at most {longest} fit")
        except ValueError as error:
            errors.append(f"{where} {cell.name}: {error}")
    for first, second in ORDERED:
        if row.get(first) is not None and row.get(second) is not None and row[second] < row[first]:
            errors.append(f"{where} {second}: {written(row[second])} is before {first} {written(row[first])}")
    return row, errors


def check(tables: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Errors across rows and files: ids twice, references to nothing, a stage that the project does not have."""
    errors = []
    ids = {form.file: {row[form.key] for row in tables[form.file]} for form in FORMATS if form.key}
    for form in FORMATS:
        seen: dict[str, int] = {}
        for row in tables[form.file]:
            where = f"{form.file}.csv:{row['row']}"
            if form.key and row[form.key] is not None and seen.setdefault(row[form.key], row["row"]) != row["row"]:
                errors.append(f"{where} {form.key}: {row[form.key]!r} stands in row {seen[row[form.key]]} too")
            for cell in form.cells:
                value = row[cell.name]
                if cell.names and value is not None and value not in ids[cell.names]:
                    errors.append(f"{where} {cell.name}: no {value!r} in {cell.names}.csv{_nearest(value, ids[cell.names])}")
    stages = {(row["project_id"], row["name"]) for row in tables["stages"]}
    for row in tables["projects"]:
        if row["stage"] and (row["project_id"], row["stage"]) not in stages:
            errors.append(f"projects.csv:{row['row']} stage: {row['stage']!r} is no stage of this project in stages.csv")
    return errors


def load(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of the content at `path`, checked. Raises ContentErrors naming every bad row."""
    sheets, errors = read_sheets(path)
    tables: dict[str, list[dict[str, Any]]] = {}
    for form in FORMATS:
        rows, wrong = parse_sheet(form, sheets[form.file]) if form.file in sheets else ([], [])
        tables[form.file] = rows
        errors += wrong
    # References are only worth reporting once every row could be read.
    errors = errors or check(tables)
    if errors:
        raise ContentErrors(errors)
    return tables


def replace_content(session: Session, tables: dict[str, list[dict[str, Any]]]) -> dict[str, int]:
    """Put `tables` (from `load`) in place of all content; gives the number of rows by file."""
    for form in FORMATS:
        session.execute(delete(form.model))
        rows = [{name: value for name, value in row.items() if name != "row"} for row in tables[form.file]]
        if rows:
            session.execute(insert(form.model), [{**row, "pos": pos} for pos, row in enumerate(rows, 1)])
    catalog.touch(session)
    return {form.file: len(tables[form.file]) for form in FORMATS}


def export_content(session: Session, folder: Path) -> dict[str, int]:
    """Write every content table to `folder` as CSV; gives the number of rows by file."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for form in FORMATS:
        rows = session.execute(select(form.model).order_by(form.model.pos)).scalars().all()
        with (folder / f"{form.file}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)  # with its own "\r\n", or it would leave a "\r" in a cell unquoted
            writer.writerow([cell.name for cell in form.cells])
            writer.writerows([[written(getattr(row, cell.name)) for cell in form.cells] for row in rows])
        counts[form.file] = len(rows)
    return counts
