"""Everything that can be told without an account: format, validity, tests, security, documents.

    python3 -m tools.check                  # everything
    python3 -m tools.check tested simulated  # some of it
    python3 -m tools.check --list

Without terraform or its provider, what needs them is skipped, and one line says so; with
REQUIRE_TERRAFORM=1 that is a failure.
"""

import argparse
import os
import re
import subprocess
import sys
import time

from . import cloud as applied
from . import readme, toolchain
from .toolchain import HERE, Missing

CONFIGURATIONS = [".", "examples/minimal", "examples/complete"]
CHECKOV = ["checkov==3.3.30"]


def run(*command, cwd=HERE, env=None, limit=540):
    done = subprocess.run(
        [str(one) for one in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\n{done.stderr}\nfailed: {' '.join(map(str, command))}")
    return done.stdout


def terraform(*arguments, folder="."):
    program, environment = toolchain.terraform()
    return run(program, *arguments, cwd=HERE / folder, env=environment)


def formatted():
    terraform("fmt", "-check", "-recursive", "-diff")
    return "all files"


def valid():
    for folder in CONFIGURATIONS:
        toolchain.init(HERE / folder)
        terraform("validate", "-no-color", folder=folder)
    return ", ".join(CONFIGURATIONS)


def tested():
    toolchain.init(HERE)
    output = terraform("test", "-no-color")
    return re.search(r"Success! (.*)", output).group(1).strip(".")


def refusals():
    """Every validation of a variable and every precondition of an output has a failing case."""
    tests = "".join(one.read_text() for one in (HERE / "tests").glob("*.tftest.hcl"))
    cases = re.findall(r"expect_failures = \[([^\]]*)\]", tests)
    total = 0
    for file in sorted(HERE.glob("*.tf")):
        pattern = r'^(variable|output) "(\w+)" {\n(.*?)^}'
        for kind, name, body in re.findall(pattern, file.read_text(), re.M | re.S):
            rules = len(re.findall(r"^  (?:validation|precondition) {", body, re.M))
            target = f"{'var' if kind == 'variable' else 'output'}.{name}"
            found = sum(case.strip() == target for case in cases)
            if found < rules:
                sys.exit(f"{file.name}: {target} has {rules} rules and {found} failing cases")
            total += rules
    return f"{total} rules, {len(cases)} failing cases"


def secure():
    program = toolchain.python("checkov", CHECKOV)
    command = program.parent / "checkov"
    output = run(
        command, "--config-file", HERE / "checkov.yaml", "--directory", HERE, "--quiet", "--compact"
    )
    found = re.search(r"Passed checks: (\d+), Failed checks: (\d+), Skipped checks: (\d+)", output)
    return "{} passed, {} failed, {} skipped".format(*found.groups())


def documented():
    readme.check()
    return "the tables are what the variables and outputs say"


SIMULATED = ["lambda", "mends", "package", "redrive", "backfill"]


def simulated():
    program = toolchain.python("e2e", toolchain.requirements("e2e/requirements.txt"))
    files = [f"e2e/tests/test_{name}.py" for name in SIMULATED]
    output = run(program, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files)
    return output.strip().splitlines()[-1]


def simulated_cloud():
    """The examples, applied to the simulator and used: end to end, for each trigger."""
    passed, failed = applied.run(applied.TRIGGERS, applied.BUILT)
    if failed:
        sys.exit(f"{passed} passed, {failed} failed")
    return f"{passed} passed, for the triggers {' and '.join(applied.TRIGGERS)}"


NEED_TERRAFORM = [formatted, valid, tested, simulated_cloud]
CHECKS = [formatted, valid, refusals, documented, tested, secure, simulated, simulated_cloud]


def main():
    arguments = argparse.ArgumentParser(prog="check")
    arguments.add_argument("--list", action="store_true")
    arguments.add_argument("names", nargs="*", help="checks to run; all of them, if none is named")
    given = arguments.parse_args()
    names = given.names or [one.__name__ for one in CHECKS]
    if given.list:
        return print("\n".join(names))
    missing = False
    for check in CHECKS:
        if check.__name__ not in names or (missing and check in NEED_TERRAFORM):
            continue  # One line has said so.
        started, label = time.monotonic(), check.__name__.replace("_", " ")
        try:
            said = check()
        except Missing as problem:
            if os.environ.get("REQUIRE_TERRAFORM") == "1":
                sys.exit(f"{problem}, and REQUIRE_TERRAFORM=1 asks for it")
            if check in NEED_TERRAFORM[:-1]:
                missing = True
                label = ", ".join(one for one in names if one in {n.__name__ for n in NEED_TERRAFORM})
            print(f"skipped: {label.replace('_', ' ')}: {problem}", flush=True)
            continue
        print(f"{label:15} {time.monotonic() - started:5.1f} s  {said}", flush=True)


if __name__ == "__main__":
    main()
