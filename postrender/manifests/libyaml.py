"""libyaml, as PyYAML binds it, without the rest of PyYAML.

`import yaml` also loads a scanner, a resolver, constructors and a dumper in Python: a sixth of the time that
`scalardl-harden` takes for a release, and none of it is on its way. The binding asks of them for no more than
the names of their errors. Where `yaml` is loaded already, it is used as it is.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

_NEEDED = ("error", "tokens", "events", "nodes")
# The modules that the binding wants an error of, and does not use.
_ERRORS = {
    "scanner": "ScannerError",
    "parser": "ParserError",
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "serializer": "SerializerError",
    "representer": "RepresenterError",
}


def _binding() -> Any:
    """The module `yaml._yaml`. A later `import yaml` finds what this one loads, and loads the rest.

    Raises ImportError where PyYAML was built without libyaml.
    """
    found = None if "yaml" in sys.modules else PathFinder.find_spec("yaml")
    if found is None or found.submodule_search_locations is None:
        return import_module("yaml._yaml")
    package: Any = ModuleType("yaml")
    package.__path__ = found.submodule_search_locations
    sys.modules["yaml"] = package
    try:
        for name in _NEEDED:
            import_module(f"yaml.{name}")
        for name, error in _ERRORS.items():
            made = type(error, (package.error.MarkedYAMLError,), {})
            setattr(package, name, SimpleNamespace(**{error: made}))
        package.reader = SimpleNamespace(ReaderError=type("ReaderError", (package.error.YAMLError,), _READER))
        return import_module("yaml._yaml")
    finally:
        del sys.modules["yaml"]


def _unreadable(error: Any, name: str, position: int, *more: object) -> None:
    error.name, error.position = name, position


_READER = {"__init__": _unreadable}

try:
    _bound = _binding()
    LIBYAML = True
except ImportError:
    import yaml as _bound  # slower, and the same events

    _bound.CParser, _bound.ReaderError = _bound.SafeLoader, _bound.reader.ReaderError
    LIBYAML = False

ReaderError: Any = _bound.ReaderError
if TYPE_CHECKING:
    from yaml._yaml import CParser as Parser
else:
    Parser = _bound.CParser
from yaml.error import MarkedYAMLError, YAMLError  # noqa: E402, only behind the binding are they by themselves
from yaml.events import (  # noqa: E402, the same
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.nodes import MappingNode, ScalarNode, SequenceNode  # noqa: E402, the same

__all__ = [
    "LIBYAML",
    "AliasEvent",
    "DocumentEndEvent",
    "DocumentStartEvent",
    "MappingEndEvent",
    "MappingNode",
    "MappingStartEvent",
    "MarkedYAMLError",
    "Parser",
    "ReaderError",
    "ScalarEvent",
    "ScalarNode",
    "SequenceEndEvent",
    "SequenceNode",
    "SequenceStartEvent",
    "StreamEndEvent",
    "YAMLError",
]
