"""Apply the examples to a simulated AWS with the real provider, and use them; see e2e/.

    python3 -m tools.cloud                         # what `just build` built, every trigger
    python3 -m tools.cloud --trigger sqs --transform PATH --publish PATH --component C.wasm
    python3 -m tools.cloud --serve 4599            # only serve the simulated AWS, for manual use
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from . import package, toolchain
from .toolchain import HERE, Missing

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target"))
BUILT = {
    "transform": TARGET / "debug/bootstrap",
    "publish": TARGET / "debug/publisher",
    "component": TARGET / "wasm32-wasip2/guest/resize.wasm",
}
OBSCURA = TARGET / "debug/obscura"
TRIGGERS = ["direct", "sqs", "fanout", "small", "delivery"]
# Shorter runs test the features of the other triggers, and the smallest example.
TESTS = {"fanout": "e2e/tests/fanout", "small": "e2e/tests/small", "delivery": "e2e/tests/delivery"}
# Timeout of a trigger in seconds: the provider waits for minutes, and longer on a busy machine.
LIMIT = 3000


def another(component):
    """The same component with another version, and so another digest."""
    version = re.search(r'^version = "(.*)"', (HERE.parent / "Cargo.toml").read_text(), re.M).group(1)
    if version.encode() not in component:
        sys.exit(f"the component does not contain the version {version}")
    return component.replace(version.encode(), f"{version[:-1]}9".encode())


def prepare(folder, paths):
    """The packages and the components, as environment variables for the tests."""
    for path in paths.values():
        if not path.is_file():
            raise Missing(f"{path} is not built: `just build` builds it")
    for name in ("transform", "publish"):
        # The built program as it is: compatibility with Lambda's glibc is checked for deployed packages.
        (folder / f"{name}.zip").write_bytes(package.archive(paths[name].read_bytes(), quick=True))
    component = paths["component"].read_bytes()
    (folder / "first.wasm").write_bytes(component)
    (folder / "second.wasm").write_bytes(another(component))
    return {
        "OBSCURA_E2E_TRANSFORM_PACKAGE": str(folder / "transform.zip"),
        "OBSCURA_E2E_PUBLISH_PACKAGE": str(folder / "publish.zip"),
        "OBSCURA_E2E_DEFAULT_TRANSFORM": str(folder / "first.wasm"),
        "OBSCURA_E2E_SECOND": str(folder / "second.wasm"),
    }


def run(triggers, paths, show=False):
    """The results, as lines, and the exit code; each trigger has its own process."""
    toolchain.terraform()
    program = toolchain.python("e2e")
    with tempfile.TemporaryDirectory(prefix="obscura-e2e-") as name:
        folder = pathlib.Path(name)
        environment = {**os.environ, **prepare(folder, paths)}
        command = [program, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        # The slow part.
        command += ["--durations=15"] if show else []
        running = []
        for trigger in triggers:
            variables = {
                "OBSCURA_E2E_TRIGGER": trigger,
                "OBSCURA_E2E_REPORT": str(folder / f"{trigger}.txt"),
                "TMPDIR": str(folder),
            }
            output = open(folder / f"{trigger}.log", "w+", encoding="utf-8")
            process = subprocess.Popen(
                [*command, TESTS.get(trigger, "e2e/tests/cloud")],
                cwd=HERE,
                env={**environment, **variables},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            running.append((trigger, process, output))
        return finish(running, folder, show)


def finish(running, folder, show):
    passed = failed = 0
    for trigger, process, output in running:
        try:
            process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait(20)
        output.seek(0)
        said = output.read()
        output.close()
        facts = folder / f"{trigger}.txt"
        if facts.exists() and (show or process.returncode):
            print(facts.read_text(), end="", flush=True)
        if process.returncode or show:
            print(said)
        summary = said.strip().splitlines()[-1] if said.strip() else ""
        passed += sum(map(int, re.findall(r"(\d+) passed", summary)))
        broken = sum(map(int, re.findall(r"(\d+) (?:failed|error)", summary)))
        failed += broken or bool(process.returncode)
    return passed, failed


def serve(port, paths):
    """Serve on that port until Ctrl-C, and print instructions."""
    program = toolchain.python("e2e")
    with tempfile.TemporaryDirectory(prefix="obscura-aws-") as name:
        folder = pathlib.Path(name)
        prepared = prepare(folder, paths)
        variables = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        for one in ("transform_package", "publish_package", "default_transform"):
            variables[f"TF_VAR_{one}"] = prepared[f"OBSCURA_E2E_{one.upper()}"]
        command = [program, "-m", "simulator", "--port", str(port), "--state", str(folder / "aws")]
        # The simulator ends with this process: its standard input is then closed.
        log = open(folder / "requests.log", "w", encoding="utf-8")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
        server = subprocess.Popen(command, cwd=HERE / "e2e", text=True, **pipes)
        if not server.stdout.readline():
            sys.exit(f"port {port} cannot be served")
        print("\n".join(f"export {key}={value}" for key, value in variables.items()), flush=True)
        try:
            server.wait()
        except KeyboardInterrupt:
            server.stdin.close()
            server.wait(20)


def main():
    arguments = argparse.ArgumentParser(prog="cloud", description=__doc__)
    arguments.add_argument("--trigger", choices=TRIGGERS, action="append")
    arguments.add_argument("--serve", type=int, metavar="PORT", help="only serve the simulated AWS")
    for name, path in BUILT.items():
        arguments.add_argument(f"--{name}", type=pathlib.Path, default=path)
    given = arguments.parse_args()
    paths = {name: getattr(given, name) for name in BUILT}
    try:
        if given.serve:
            return serve(given.serve, paths)
        passed, failed = run(given.trigger or TRIGGERS, paths, show=True)
    except Missing as problem:
        sys.exit(str(problem))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
