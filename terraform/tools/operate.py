"""Operate a deployment: its output `deployment` says what is where.

    python3 -m tools.operate FOLDER deploy|status|logs|redrive|backfill|destroy …
"""

import argparse
import os
import pathlib
import sys

from . import toolchain

COMMANDS = ("deploy", "status", "logs", "redrive", "backfill", "destroy")


def with_boto(module="tools.operate"):
    """Go on with a Python that has boto3."""
    try:
        import boto3  # noqa: F401
    except ImportError:
        try:
            program = str(toolchain.python("aws"))
        except toolchain.Missing as problem:
            sys.exit(str(problem))
        os.execv(program, [program, "-m", module, *sys.argv[1:]])


def run(deployment, command, arguments):
    from . import backfill, deploy, logs, redrive, status

    if command == "deploy":
        return deploy.deploy(deployment, arguments)
    if command == "destroy":
        return deploy.destroy(deployment, arguments)
    has = {} if {"-h", "--help"} & set(arguments) else deployed(deployment)
    modules = {"status": status, "logs": logs, "redrive": redrive, "backfill": backfill}
    return modules[command].main(has, arguments)


def deployed(deployment):
    try:
        has = toolchain.outputs(deployment, toolchain.own()[1])
    except toolchain.Missing as problem:
        sys.exit(str(problem))
    return has or sys.exit(f"nothing is deployed from {deployment}; `just deploy` does that")


def main():
    arguments = argparse.ArgumentParser(prog="operate", description=__doc__)
    arguments.add_argument("deployment", type=pathlib.Path)
    arguments.add_argument("command", choices=COMMANDS)
    given, rest = arguments.parse_known_args(sys.argv[1:3])
    with_boto()
    run(given.deployment.resolve(), given.command, rest + sys.argv[3:])


if __name__ == "__main__":
    main()
