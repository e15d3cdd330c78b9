"""Runs the whole program on the real Pulumi engine with simulated clouds: no account, no cost.

Belongs here: finding or building the engine, the stand-in providers, the life cycle that is
rehearsed, and its report.
Does not belong here: what a cluster looks like (`components/`), what is allowed (`plan/`), and
anything that talks to a cloud.

This file, `__main__.py`, `bootstrap.py` and `host.py` import only the standard library: they run
before the virtual environment exists. This file must also parse on any old Python, to say that it
is too old instead of failing with a SyntaxError.
"""

import sys

MINIMUM_PYTHON = (3, 11)

if sys.version_info < MINIMUM_PYTHON:
    sys.stderr.write(
        f"error: python {sys.version_info[0]}.{sys.version_info[1]} is too old, 3.11 or newer is "
        f"needed (this one is {sys.executable}); install it, then run `make PYTHON=python3.11 ...` "
        "or `python3.11 -m rehearsal ...`\n"
    )
    sys.exit(2)
if sys.platform == "win32":
    sys.stderr.write(
        "error: windows is not supported directly; run this inside WSL (`wsl --install`)\n"
    )
    sys.exit(2)
