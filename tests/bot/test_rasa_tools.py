"""A stranger's plain Rasa commands work on this project."""

from __future__ import annotations

import os
import subprocess
import sys

from community.settings import ROOT


def test_rasa_data_validate_has_no_warning(tmp_path: object) -> None:
    command = [sys.executable, "-m", "rasa", "data", "validate"]
    env = {**os.environ, "JMK_DATA_DIR": str(tmp_path), "RASA_TELEMETRY_ENABLED": "false", "LOG_LEVEL": "WARNING"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    own = [line for line in said.splitlines() if "UserWarning" in line or ("warning" in line.lower() and "DeprecationWarning" not in line)]
    assert not [line for line in own if "rasa/shared" in line or "validator" in line], own
