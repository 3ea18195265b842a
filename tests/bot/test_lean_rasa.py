"""TensorFlow is left out where nothing needs it, and only there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot import lean_rasa
from community.settings import ROOT


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_our_bot_runs_without_it() -> None:
    shown = _python(
        "import bot.turn, sys, tensorflow as tf; print(tf.__name__, hasattr(tf, '__version__'), 'tensorflow.python' in sys.modules)"
    )
    assert shown == "tensorflow False False"


def test_what_was_left_out_says_so_when_it_is_used() -> None:
    with pytest.raises(RuntimeError, match=r"tensorflow\.random\.normal was used"):
        lean_rasa._absent("tensorflow.random.normal")(3, seed=1)


def test_a_configuration_that_needs_it_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lean_rasa, "ROOT", tmp_path)
    (tmp_path / "config.yml").write_text("pipeline:\n- name: rasa.nlu.classifiers.diet_classifier.DIETClassifier\n", encoding="utf-8")
    assert lean_rasa._needs_tensorflow()
    (tmp_path / "config.yml").write_text("pipeline:\n- name: bot.decider.Decider\npolicies:\n- name: RulePolicy\n", encoding="utf-8")
    assert not lean_rasa._needs_tensorflow()


def test_plain_rasa_keeps_it() -> None:
    assert _python("import rasa.core.agent, bot, tensorflow as tf; print(hasattr(tf, '__version__'))") == "True"


def test_nothing_loads_numpy_before_its_threads_are_set() -> None:
    assert _python("import jmk, sys; print('numpy' in sys.modules)") == "False"
