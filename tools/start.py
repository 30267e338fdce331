"""The entry of every `make` target: `python3 tools/start.py up`.

Written so that an old Python still reads it far enough to say that it is too old.
"""

import os
import sys


def main():  # type: () -> int
    """Run the command named by the first argument; return the exit code."""
    if sys.version_info < (3, 10):  # noqa: UP036 - this file is read by any python3
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.stderr.write(
            "error: Python 3.10 or newer is needed and this is " + found + ": "
            "name another one, for example make up PYTHON=python3.12\n"
        )
        return 2
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - as above
    # This folder itself must not be on the path: tools/pulumi would hide Pulumi's own package.
    sys.path[0] = root
    from tools.commands import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
