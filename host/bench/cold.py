"""Measures whole functions, from an upload to its renditions: ours and others alternate on the
same S3 and Runtime API."""

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent

# The names of their programs, and descriptions.
NAMES = {"obscura": "Obscura", "node-worker": "Node + sharp", "python-worker": "Python + Pillow"}


def cold(arguments, tools, folder, rounds):
    """Cold starts and warm pictures of each function, in milliseconds of wall-clock time."""
    python, node = tools / "python-worker", tools / "node-worker"
    write(python, f'exec "{tools}/python/bin/python" "{HERE}/peers/worker.py"')
    write(node, f'BENCH_MODULES="{tools}/node/package.json" exec node "{HERE}/peers/worker.mjs"')
    command = [arguments.obscura, "bench", "pipeline", folder / "12mp.jpg", "--json"]
    command += ["--bootstrap", arguments.bootstrap, "--peer", node, "--peer", python]
    command += ["--cold", rounds, "--warm", 3]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    found = json.loads(done.stdout)
    found["functions"] = {NAMES[figures["name"]]: figures for figures in found["functions"]}
    return found


def write(path, line):
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
