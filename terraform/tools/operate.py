"""Deploy a configuration, or destroy it; everything else is a command of `obscura`.

    python3 -m tools.operate FOLDER deploy|destroy …
"""

import argparse
import os
import pathlib
import sys

from . import toolchain

COMMANDS = ("deploy", "destroy")


def with_boto(module="tools.operate"):
    """Continue with a Python that has boto3."""
    try:
        import boto3  # noqa: F401
    except ImportError:
        try:
            program = str(toolchain.python("aws"))
        except toolchain.Missing as problem:
            sys.exit(str(problem))
        os.execv(program, [program, "-m", module, *sys.argv[1:]])


def main():
    arguments = argparse.ArgumentParser(prog="operate", description=__doc__)
    arguments.add_argument("deployment", type=pathlib.Path)
    arguments.add_argument("command", choices=COMMANDS)
    given, rest = arguments.parse_known_args(sys.argv[1:3])
    with_boto()
    from . import deploy

    run = {"deploy": deploy.deploy, "destroy": deploy.destroy}[given.command]
    run(given.deployment.resolve(), rest + sys.argv[3:])


if __name__ == "__main__":
    main()
