"""Rasa without what it would load or do for nothing here (docs/decisions/0007).

TensorFlow: Rasa imports it for components that our pipeline does not hold, which costs seconds at each start and 370 MB. Where the
configuration holds none of them, an empty stand-in takes its place; to use it for anything but defining classes is an error.
And Rasa checks its own unchanging schema of an action's answer anew with each answer, for 20 ms; here it is checked once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import yaml

from community.settings import ROOT

PACKAGES = ("tensorflow", "tensorflow_hub", "keras")
USERS = {"DIETClassifier", "ResponseSelector", "TEDPolicy", "UnexpecTEDIntentPolicy", "ConveRTFeaturizer", "LanguageModelFeaturizer"}


class _Absent(type):
    """A class that stands for anything in TensorFlow: it can be inherited from, decorate, and be part of an annotation."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{cls.__name__}.{name}")

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        decorated = args[0] if len(args) == 1 and not kwargs else None
        if callable(decorated):
            return decorated
        raise RuntimeError(f"{cls.__name__} was used, but config.yml names no component that needs TensorFlow, so it was not loaded")

    def __getitem__(cls, _: Any) -> _Absent:
        return cls

    __or__ = __ror__ = __getitem__


def _absent(name: str) -> _Absent:
    return _Absent(name, (), {})


class _Package(ModuleType):
    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = _absent(f"{self.__name__}.{name}")
        setattr(self, name, found)
        return found


class _StandIn(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if fullname.split(".", maxsplit=1)[0] in PACKAGES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Package(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


def _needs_tensorflow() -> bool:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    return any(part["name"].rpartition(".")[2] in USERS for key in ("pipeline", "policies") for part in config.get(key) or [])


def leave_out_tensorflow() -> None:
    """Call before Rasa is imported. Does nothing where it is needed, or loaded already."""
    there = any(isinstance(finder, _StandIn) for finder in sys.meta_path)
    if not there and "tensorflow" not in sys.modules and not _needs_tensorflow():
        sys.meta_path.insert(0, _StandIn())


def check_schema_once() -> None:
    """The answer of an action is validated as before, by a validator that is made once."""
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def validate(self: Any, result: dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate


def find_events_once() -> None:
    """Rasa looks through all classes of events, and theirs, for each event that it reads; here a type's class is found once."""
    from rasa.shared.core.events import Event

    if not hasattr(Event.resolve_by_type, "cache_info"):
        Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))
