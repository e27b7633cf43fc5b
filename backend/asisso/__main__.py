"""`python -m asisso` and the `asisso` command."""

from __future__ import annotations

import sys

from asisso.cli import run


def main() -> None:
    """Run the command line and leave with its status."""
    sys.exit(run())


if __name__ == "__main__":
    main()
