"""Models on disk: training one, which is active, going back. `models/active.txt` holds the history, newest last."""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from community import clock
from community.errors import NotFound
from community.settings import ROOT, settings

logger = logging.getLogger(__name__)
TRAINED_ON = ("config.yml", "domain", "data", "bot")


def _folder() -> Path:
    folder = settings().models_dir
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _history() -> list[str]:
    file = _folder() / "active.txt"
    return file.read_text(encoding="utf-8").split() if file.exists() else []


def fingerprint(names: Sequence[str] = TRAINED_ON) -> str:
    """Eight hex digits that change with the files of these names, or in these folders; without names: with anything a model is trained on."""
    digest = hashlib.sha256(settings().sentence_model.encode())
    files = [f for name in names for f in ([ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*.*"))]
    for file in sorted(file for file in files if "__pycache__" not in file.parts):
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:8]


def listing() -> list[tuple[str, bool]]:
    """(name, is active) of every model, oldest first."""
    current = active()
    return [(file.name, current is not None and file.name == current.name) for file in sorted(_folder().glob("*.tar.gz"))]


def active() -> Path | None:
    """The active model's file, or None."""
    for name in reversed(_history()):
        if (_folder() / name).exists():
            return _folder() / name
    return None


def activate(name: str) -> Path:
    """Make a model the active one. Raises NotFound."""
    file = _folder() / name
    if not file.exists():
        raise NotFound(f"没有名为 {name} 的模型。")
    (_folder() / "active.txt").write_text("\n".join([*_history(), name]) + "\n", encoding="utf-8")
    return file


def rollback() -> Path:
    """Go back to the model that was active before. Raises NotFound when there is none."""
    history = [name for name in _history() if (_folder() / name).exists()]
    before = [name for name in history if name != history[-1]]
    if not before:
        raise NotFound("没有更早的模型可以退回。")
    (_folder() / "active.txt").write_text("\n".join(history[: history.index(before[-1]) + 1]) + "\n", encoding="utf-8")
    return _folder() / before[-1]


def is_current(model: Path | None) -> bool:
    return model is not None and fingerprint() in model.name


def train() -> Path:
    """Train on data/, domain/ and config.yml, and make the result the active model. Raises RuntimeError."""
    import rasa.api

    name = f"{clock.now():%Y%m%d-%H%M%S}-{fingerprint()}"
    with redirect_stdout(sys.stderr):  # Rasa prints; stdout is for answers
        result = rasa.api.train(
            domain=str(ROOT / "domain"),
            config=str(ROOT / "config.yml"),
            training_files=str(ROOT / "data"),
            output=str(_folder()),
            fixed_model_name=name,
            force_training=True,
        )
    if result.model is None:
        raise RuntimeError("training gave no model; see the log above")
    return activate(Path(result.model).name)
