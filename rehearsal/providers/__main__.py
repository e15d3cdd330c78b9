"""`python -m rehearsal.providers --seed FILE`: serve the stand-ins until stdin closes."""

from __future__ import annotations

import argparse
from pathlib import Path

from rehearsal.providers.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.providers", description=__doc__)
    parser.add_argument("--seed", type=Path, default=None, help="what the account holds already")
    serve(parser.parse_args().seed)


if __name__ == "__main__":
    main()
