"""Whole functions: from an upload to its renditions, ours and theirs on the same S3 and Runtime API."""

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def cold(arguments, tools, folder, rounds):
    """Cold starts and warm pictures of each function, in milliseconds on the wall."""
    python, node = tools / "python-worker", tools / "node-worker"
    write(python, f'exec "{tools}/python/bin/python" "{HERE}/peers/worker.py"')
    write(node, f'BENCH_MODULES="{tools}/node/package.json" exec node "{HERE}/peers/worker.mjs"')
    functions = {
        "Obscura": [arguments.bootstrap],
        "Node + sharp": [node, "--peer"],
        "Python + Pillow": [python, "--peer"],
    }
    found = {}
    for name, (program, *flags) in functions.items():
        command = [arguments.obscura, "bench", "pipeline", folder / "12mp.jpg", "--json"]
        command += ["--bootstrap", program, *flags, "--cold", str(rounds), "--warm", str(3 * rounds)]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{name}: {done.stderr}")
        found[name] = json.loads(done.stdout)
    return found


def write(path, line):
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
