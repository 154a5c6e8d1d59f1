"""The Python client as somebody has it who copied its folder."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

CLIENTS: Final = Path(__file__).parents[2] / "docs" / "how-to" / "clients"


def truc_client() -> ModuleType:
    """Import it from where it lies."""
    name = "truc_client"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, CLIENTS / "python" / name / "__init__.py")
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
