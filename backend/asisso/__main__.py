"""`python -m asisso` and the `asisso` command."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and leave with its status."""
    # Plain help texts: the library for coloured ones is a sixth of the time every start takes.
    os.environ.setdefault("TYPER_USE_RICH", "0")
    from asisso.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
