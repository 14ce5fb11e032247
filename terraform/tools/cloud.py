"""Apply the examples to a simulated AWS with the real provider, and use them; see e2e/.

    python3 -m tools.cloud                         # what `just build` built, both triggers
    python3 -m tools.cloud --trigger sqs --bootstrap PATH --obscura PATH --component C.wasm
"""

import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from . import package, toolchain
from .toolchain import HERE, Missing

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target"))
BUILT = {
    "bootstrap": TARGET / "debug/bootstrap",
    "obscura": TARGET / "debug/obscura",
    "component": TARGET / "wasm32-wasip2/guest/resize.wasm",
}
TRIGGERS = ["direct", "sqs"]
LIMIT = 560


def another(component):
    """The same component to look at, another one by its digest: a custom section is added."""
    section = b"\x04note" + os.urandom(8)
    return component + b"\x00" + bytes([len(section)]) + section


def prepare(folder, paths):
    """The package and the components; what the tests are told of them."""
    for path in paths.values():
        if not path.is_file():
            raise Missing(f"{path} is not built: `just build` builds it")
    # The very program: whether Lambda's glibc could start it is asked of what is deployed.
    (folder / "transform.zip").write_bytes(package.archive(paths["bootstrap"].read_bytes()))
    component = paths["component"].read_bytes()
    (folder / "first.wasm").write_bytes(component)
    (folder / "second.wasm").write_bytes(another(component))
    wasm = f"{shlex.quote(str(folder))}/{{which}}.wasm"
    publish = f"{shlex.quote(str(paths['obscura'].resolve()))} publish {wasm} --bucket {{bucket}}"
    return {
        "OBSCURA_E2E_PACKAGE": str(folder / "transform.zip"),
        "OBSCURA_E2E_PUBLISH": publish,
    }


def run(triggers, paths, show=False):
    """What was shown, in lines, and how the tests ended; each trigger in a process of its own."""
    toolchain.terraform()
    program = toolchain.python("e2e", toolchain.requirements("e2e/requirements.txt"))
    with tempfile.TemporaryDirectory(prefix="obscura-e2e-") as name:
        folder = pathlib.Path(name)
        environment = {**os.environ, **prepare(folder, paths)}
        command = [program, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        running = []
        for trigger in triggers:
            variables = {
                "OBSCURA_E2E_TRIGGERS": trigger,
                "OBSCURA_E2E_REPORT": str(folder / f"{trigger}.txt"),
                "TMPDIR": str(folder),
            }
            output = open(folder / f"{trigger}.log", "w+", encoding="utf-8")
            process = subprocess.Popen(
                [*command, "e2e/tests/test_cloud.py"],
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
        if process.returncode:
            print(said)
        summary = said.strip().splitlines()[-1] if said.strip() else ""
        passed += sum(map(int, re.findall(r"(\d+) passed", summary)))
        broken = sum(map(int, re.findall(r"(\d+) (?:failed|error)", summary)))
        failed += broken or bool(process.returncode)
    return passed, failed


def main():
    arguments = argparse.ArgumentParser(prog="cloud", description=__doc__)
    arguments.add_argument("--trigger", choices=TRIGGERS, action="append")
    for name, path in BUILT.items():
        arguments.add_argument(f"--{name}", type=pathlib.Path, default=path)
    given = arguments.parse_args()
    paths = {name: getattr(given, name) for name in BUILT}
    try:
        passed, failed = run(given.trigger or TRIGGERS, paths, show=True)
    except Missing as problem:
        sys.exit(str(problem))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
