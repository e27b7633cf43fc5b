"""Runs pytest with every compiled module in its plain form: python -m tests.plain_form ARGUMENTS"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

BACKEND = Path(__file__).resolve().parent.parent
COMPILED = {
    ".".join(path.relative_to(BACKEND).with_suffix("").parts) for path in BACKEND.glob("asisso/**/*.pxd")
}


class PlainForm(MetaPathFinder):
    """Finds the source where an extension lies beside it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in COMPILED:
            return None
        return spec_from_file_location(name, BACKEND.joinpath(*name.split(".")).with_suffix(".py"))


if __name__ == "__main__":
    sys.meta_path.insert(0, PlainForm())
    sys.exit(pytest.main(sys.argv[1:]))
