"""All checks that need no AWS account: format, validity, tests, security, documents.

    python3 -m tools.check                  # everything
    python3 -m tools.check tested simulated  # some of it
    python3 -m tools.check --list

Without terraform or its provider, checks that need them are skipped, and one line says so; with
REQUIRE_TERRAFORM=1 that is a failure.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from . import cloud as applied
from . import readme, toolchain, weaken
from .toolchain import HERE, Missing

CONFIGURATIONS = [".", "examples/minimal", "examples/complete", "examples/small", "examples/delivery"]


def run(*command, cwd=HERE, env=None, limit=1500):
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


def tested_edge():
    """Test the CloudFront function in Node: 40 URLs and Accept headers, including hostile ones."""
    if not shutil.which("node"):
        if os.environ.get("REQUIRE_NODE"):
            sys.exit("node is missing, which delivery.js needs and REQUIRE_NODE requires")
        raise Missing("node is missing")
    output = run("node", "--test", "--test-reporter=tap", "tests/delivery.test.mjs")
    passed, failed = (re.search(rf"^# {word} (\d+)$", output, re.M).group(1) for word in ("pass", "fail"))
    return f"{passed} passed, {failed} failed"


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


def agreed():
    """Names that Terraform shares with the host match."""
    host = HERE.parent / "host"
    schema = json.loads((host / "pipeline.schema.json").read_text())["$defs"]
    pipeline = (HERE / "pipeline.tf").read_text()
    names_of = {
        "route_v1_names": "RouteV1",
        "route_names": "Route",
        "step_names": "Step",
        "limit_names": "StepLimits",
    }
    for local, definition in names_of.items():
        names = json.loads(re.search(rf"{local}\s*= (\[.*\])", pipeline).group(1))
        if set(names) != set(schema[definition]["properties"]):
            sys.exit(f"pipeline.tf: {local} differs from host/pipeline.schema.json")
    for local, file, figure in (
        ("host_memory_mib", "workers", r"HOST_MEMORY_MIB: u32 = (\d+);"),
        ("kept_source_mib", "flow", r"KEPT_BYTES: u64 = (\d+) << 20;"),
    ):
        has = re.search(figure, (host / f"src/pipeline/{file}.rs").read_text()).group(1)
        if re.search(rf"{local}\s*= (\d+)", pipeline).group(1) != has:
            sys.exit(f"pipeline.tf: {local} is not the {has} of host/src/pipeline/{file}.rs")
    grace = "OBSCURA_UNREFERENCED_GRACE_DAYS"
    if not all(grace in one.read_text() for one in (host / "src/config.rs", HERE / "functions.tf")):
        sys.exit(f"{grace} differs between the host and the function")
    emitted = set(re.findall(r'"([A-Z]\w+)"', (host / "src/telemetry/metric.rs").read_text()))
    shown = re.findall(r'\[local\.metrics, "(\w+)"', (HERE / "dashboard.tf").read_text())
    alarms = (HERE / "alarms.tf").read_text()
    shown += re.findall(r'= local\.metrics\n\s+metric\s+= "(\w+)"', alarms)
    if unknown := set(shown) - emitted:
        sys.exit(f"the host emits no {', '.join(sorted(unknown))}")
    return f"{len(set(shown))} metrics, and what a route takes"


def secure():
    program = toolchain.python("checkov")
    command = program.parent / "checkov"
    output = run(
        command, "--config-file", HERE / "checkov.yaml", "--directory", HERE, "--quiet", "--compact"
    )
    found = re.search(r"Passed checks: (\d+), Failed checks: (\d+), Skipped checks: (\d+)", output)
    return "{} passed, {} failed, {} skipped".format(*found.groups())


def documented():
    readme.check()
    return "the tables match the variables and outputs"


def weakened():
    """Every security assertion fails if its property is removed."""
    return f"{weaken.run()} promises broken, all noticed"


def simulated():
    program = toolchain.python("e2e")
    command = [program, "-m", "pytest", "-q", "-p", "no:cacheprovider", "e2e/tests"]
    output = run(*command, "--ignore", "e2e/tests/cloud", "--ignore", "e2e/tests/fanout", "--ignore", "e2e/tests/small", "--ignore", "e2e/tests/delivery", "--ignore", "e2e/tests/arm64")
    return output.strip().splitlines()[-1]


def simulated_cloud():
    """Apply the examples to the simulator and use them, end to end, for each trigger."""
    passed, failed = applied.run(applied.TRIGGERS, applied.BUILT)
    if failed:
        sys.exit(f"{passed} passed, {failed} failed")
    return f"{passed} passed, for the triggers {', '.join(applied.TRIGGERS)}"


NEED_TERRAFORM = [formatted, valid, tested, weakened, simulated_cloud]
CHECKS = [formatted, valid, simulated_cloud, refusals, agreed, documented, tested, tested_edge, secure, simulated, weakened]
# It mostly waits for the provider, so other checks run in parallel.
BESIDE = simulated_cloud


class Outcome:
    """The result of a check, or why it was skipped, and its duration."""

    def __init__(self, check):
        started = time.monotonic()
        self.missing = self.failed = None
        try:
            self.said = check()
        except Missing as problem:
            self.missing = str(problem)
        except SystemExit as problem:
            self.failed = problem.code
        except Exception as problem:  # noqa: BLE001: it must be reported, in any thread
            self.failed = f"{type(problem).__name__}: {problem}"
        self.seconds = time.monotonic() - started

    def report(self, check):
        """Print the result; returns whether it passed."""
        label = check.__name__.replace("_", " ")
        if self.failed is not None:
            print(f"{self.failed}\nfailed: {label}", flush=True)
            return False
        if self.missing and os.environ.get("REQUIRE_TERRAFORM") == "1":
            print(f"failed: {label}: {self.missing}, and REQUIRE_TERRAFORM=1 requires it", flush=True)
            return False
        if self.missing:
            print(f"skipped: {label}: {self.missing}", flush=True)
        else:
            print(f"{label:15} {self.seconds:5.1f} s  {self.said}", flush=True)
        return True


def without_terraform():
    """Why checks with terraform cannot run, or None."""
    try:
        toolchain.init(HERE)
    except Missing as problem:
        return str(problem)
    return None


def make(checks):
    """Run the checks; returns whether all passed."""
    well, beside = True, None
    with ThreadPoolExecutor(1) as pool:
        for check in checks:
            if check is BESIDE:
                beside = pool.submit(Outcome, check)
            else:
                well &= Outcome(check).report(check)
        return (beside is None or beside.result().report(BESIDE)) and well


def main():
    arguments = argparse.ArgumentParser(
        prog="check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--list", action="store_true")
    arguments.add_argument("--long", action="store_true", help="with a backfill of 1,000 pictures")
    arguments.add_argument("names", nargs="*", help="checks to run; all if none is named")
    given = arguments.parse_args()
    if given.list:
        return print("\n".join(one.__name__ for one in CHECKS))
    if given.long:
        os.environ["OBSCURA_E2E_PICTURES"] = "1000"
    checks = [one for one in CHECKS if not given.names or one.__name__ in given.names]
    if os.environ.get("REQUIRE_TERRAFORM") != "1" and (why := without_terraform()):
        # One line says so.
        left = [one.__name__.replace("_", " ") for one in checks if one in NEED_TERRAFORM]
        print(f"skipped: {', '.join(left)}: {why}", flush=True)
        checks = [one for one in checks if one not in NEED_TERRAFORM]
    if not make(checks):
        sys.exit(1)


if __name__ == "__main__":
    main()
