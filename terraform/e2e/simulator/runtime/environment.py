"""One execution environment: the package's bootstrap, as Lambda would start it."""

import io
import json
import os
import pathlib
import platform
import queue
import shutil
import subprocess
import tempfile
import threading
import time
import uuid
import zipfile
from dataclasses import dataclass

from .runtime_api import RuntimeApi

# Lambda's limit; an emulated processor is some ten times as slow.
INIT_SECONDS = 100 if "SIMULATOR_ARM64" in os.environ else 10


@dataclass
class Answer:
    failed: bool
    payload: bytes


@dataclass
class Invocation:
    event: bytes
    headers: dict


def error(kind, message):
    return Answer(True, json.dumps({"errorType": kind, "errorMessage": message}).encode())


def emulator(function):
    """What an arm64 program is given to on this machine; see tools/arm64.py."""
    foreign = "arm64" in (function.architectures or []) and platform.machine() != "aarch64"
    return os.environ.get("SIMULATOR_ARM64", "").split() if foreign else []


class Environment:
    """A process that takes one invocation at a time."""

    def __init__(self, function, variables, log):
        self.function, self.alive = function, True
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="task-"))
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as package:
            for entry in package.infolist():
                path = package.extract(entry, self.folder)
                # Lambda keeps the modes of the package: one that is not executable fails there too.
                os.chmod(path, (entry.external_attr >> 16) & 0o777 or 0o644)
        self.api = RuntimeApi()
        self.log = open(log, "ab")
        try:
            self.process = subprocess.Popen(
                [*emulator(function), str(self.folder / "bootstrap")],
                env={
                    **variables,
                    "AWS_LAMBDA_RUNTIME_API": self.api.address,
                    "LAMBDA_TASK_ROOT": str(self.folder),
                },
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=self.log,
            )
        except OSError:
            self.close()
            raise
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        self.api.outcomes.put(("exit", self.process.wait()))

    def wait_until_ready(self):
        """None, or what went wrong."""
        kind, detail = self.outcome(time.monotonic() + INIT_SECONDS)
        if kind == "ready":
            return None
        self.close()
        if kind == "init-error":
            return Answer(True, detail)
        return error("Runtime.InitError", f"the runtime did not start: {kind} {detail}")

    def invoke(self, event):
        timeout = int(self.function.timeout)
        deadline = time.time() + timeout
        headers = {
            "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.function.function_arn,
            "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
        }
        self.api.invocations.put(Invocation(event, headers))
        until = time.monotonic() + timeout
        while True:
            kind, detail = self.outcome(until)
            if kind == "response":
                return Answer(False, detail)
            if kind == "error":
                return Answer(True, detail)
            if kind == "ready":
                continue
            self.close()
            if kind == "exit":
                return error("Runtime.ExitError", f"the runtime exited with status {detail}")
            return error("Sandbox.Timedout", f"the task timed out after {timeout} seconds")

    def outcome(self, until):
        try:
            return self.api.outcomes.get(timeout=max(0, until - time.monotonic()))
        except queue.Empty:
            return ("timeout", None)

    def close(self):
        self.alive = False
        process = getattr(self, "process", None)
        if process and process.poll() is None:
            process.kill()
            process.wait(5)
        self.api.close()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
