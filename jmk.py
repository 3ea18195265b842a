"""`jmk`: the command line of the project, and the one place that puts the rooms together."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from community import clock, content_import, database
from community.errors import CommunityError, ContentErrors
from community.settings import ROOT, settings


def _say(text: str) -> None:
    print(text, flush=True)


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def import_content(args: argparse.Namespace) -> int:
    """Replace all content by that of a folder or an .xlsx file."""
    try:
        tables = content_import.load(Path(args.path))
    except ContentErrors as errors:
        for row in errors.rows:
            _note(row)
        _note(f"{len(errors.rows)} error(s); nothing was changed")
        return 1
    if args.dry_run:
        counts = {name: len(rows) for name, rows in tables.items()}
    else:
        database.migrate()
        with database.writing() as session:
            counts = content_import.replace_content(session, tables)
    _say(("would import " if args.dry_run else "imported ") + ", ".join(f"{n} {name}" for name, n in counts.items()))
    return 0


def export_content(args: argparse.Namespace) -> int:
    database.migrate()
    with database.reading() as session:
        counts = content_import.export_content(session, Path(args.path))
    _say("exported " + ", ".join(f"{n} {name}" for name, n in counts.items()))
    return 0


def train(args: argparse.Namespace) -> int:
    from bot import trained_models
    from bot.loading import quiet

    quiet()
    if args.if_needed and trained_models.is_current(trained_models.active()):
        return 0
    _note("training a model (about half a minute) …")
    _say(f"trained and activated {trained_models.train().name}")
    return 0


def _agent() -> Any:
    """The active model with the custom actions in this process; trains one first if there is none."""
    from bot import loading, trained_models

    loading.quiet()
    database.migrate()
    model = trained_models.active()
    if model is None:
        _note("no model yet; training one first …")
        model = trained_models.train()
    from actions.in_process import InProcessActions

    return loading.load_agent(model, InProcessActions())


def ask(args: argparse.Namespace) -> int:
    from bot.asking import Conversations, questions

    lines = [" ".join(args.text)] if args.text else []
    if args.file:
        lines += Path(args.file).read_text(encoding="utf-8-sig").splitlines()
    if not lines:
        lines = sys.stdin.read().splitlines()
    agent = _agent()
    talk = Conversations(agent, args.session)
    now = clock.parse(args.now) if args.now else None

    async def run() -> None:
        for question, continues in questions(lines):
            asked = await talk.ask(question, continues, now)
            record = asked.as_dict()
            if args.json:
                _say(json.dumps(record, ensure_ascii=False))
                continue
            _say(f"> {question}")
            for reply in asked.turn.replies:
                _say(reply["text"] + "".join(f"\n  [{button['title']}]" for button in reply["buttons"]))
            _say("")

    asyncio.run(run())
    return 0


def evaluate(args: argparse.Namespace) -> int:
    from bot import evaluation

    cases = evaluation.read(Path(args.file))
    if args.content:
        folder = tempfile.TemporaryDirectory(prefix="jmk-evaluate-")
        import os

        os.environ |= {"JMK_DATA_DIR": folder.name, "JMK_DATABASE_URL": ""}
        tables = content_import.load(Path(args.content))
        database.migrate()
        with database.writing() as session:
            content_import.replace_content(session, tables)
    verdicts = asyncio.run(evaluation.evaluate(_agent(), cases))
    _say(evaluation.report(verdicts))
    return 0


def models(args: argparse.Namespace) -> int:
    from bot import trained_models

    if args.do == "list":
        for name, is_active in trained_models.listing():
            _say(("* " if is_active else "  ") + name)
    elif args.do == "activate":
        _say(f"active: {trained_models.activate(args.name or '').name}")
    else:
        _say(f"active: {trained_models.rollback().name}")
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="jmk", description="家门口 on the command line")
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    sub = command("import", import_content, "replace the content by that of a folder of CSV files or an .xlsx")
    sub.add_argument("path")
    sub.add_argument("--dry-run", action="store_true", help="check only")
    sub = command("export", export_content, "write the content to a folder as CSV files")
    sub.add_argument("path")
    sub = command("ask", ask, "ask the bot, in this process")
    sub.add_argument("text", nargs="*")
    sub.add_argument("--file", help="a question a line; a line that begins with + continues the one above")
    sub.add_argument("--json", action="store_true")
    sub.add_argument("--now", help="ISO 8601 time at which to ask")
    sub.add_argument("--session", help="keep one conversation under this id")
    sub = command("train", train, "train a model and make it the active one")
    sub.add_argument("--if-needed", action="store_true", help="only if the active model is not of the present data")
    sub = command("evaluate", evaluate, "ask held-apart questions and print accuracy and misses")
    sub.add_argument("file")
    sub.add_argument("--content", help="evaluate on this content, in a database of its own")
    sub = command("models", models, "trained models")
    sub.add_argument("do", choices=["list", "activate", "rollback"])
    sub.add_argument("name", nargs="?")
    return top


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    try:
        return int(args.run(args))
    except CommunityError as error:
        _note(f"{error.code}: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
