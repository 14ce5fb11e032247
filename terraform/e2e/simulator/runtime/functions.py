"""Functions, run by the Lambda of the local mode: see host/local/src/lambda/hosted.rs."""

import base64
import hashlib
import io
import json
import os
import pathlib
import platform
import shutil
import threading
import time
import zipfile
from dataclasses import dataclass

from . import credentials, logs, metrics
from .program import Program

CONCURRENCY = 4
# Lambda's limit; an emulated processor is some ten times as slow.
INIT_SECONDS = 100 if "SIMULATOR_ARM64" in os.environ else 10


@dataclass
class Answer:
    failed: bool
    payload: bytes


class Functions:
    def __init__(self, endpoint, state):
        self.endpoint, self.code = endpoint, state / "code"
        self.program = Program(state)
        self.unpacking = threading.Lock()

    def invoke(self, function, event):
        started = time.monotonic()
        answer = self.program.ask(self.describe(function), json.loads(event))
        metrics.count(function, time.monotonic() - started, answer["failed"])
        return Answer(answer["failed"], json.dumps(answer["payload"]).encode())

    def describe(self, function):
        program = str(self.unpack(function) / "bootstrap")
        command = [*emulator(function), program]
        return {
            "name": function.function_name,
            "version": version(function),
            "arn": function.function_arn,
            "program": command[0],
            "args": command[1:],
            "env": {"LAMBDA_TASK_ROOT": str(pathlib.Path(program).parent), **self.variables(function)},
            "timeout_seconds": int(function.timeout),
            "init_timeout_seconds": INIT_SECONDS,
            "memory_mb": int(function.memory_size),
            "concurrency": CONCURRENCY,
        }

    def unpack(self, function):
        """The folder with the function's package."""
        folder = self.code / base64.b64decode(function.code_sha_256).hex()
        with self.unpacking:
            if not folder.exists():
                unpack(function.code_bytes, folder)
        return folder

    def variables(self, function):
        logging = getattr(function, "logging_config", None) or {}
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
            "_HANDLER": function.handler,
            "AWS_LAMBDA_LOG_GROUP_NAME": logs.group(function),
            "AWS_LAMBDA_LOG_STREAM_NAME": logs.STREAM,
            "AWS_LAMBDA_LOG_FORMAT": logging.get("LogFormat", "Text"),
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ENDPOINT_URL": self.endpoint,
            **credentials.of_role(function),
            **function.environment_vars,
        }

    def close(self):
        self.program.close()


def version(function):
    """Another one for each change of code or configuration."""
    described = [
        function.code_sha_256,
        function.environment_vars,
        function.role,
        function.memory_size,
        function.timeout,
    ]
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def unpack(package, folder):
    """Lambda keeps the modes of the package: a program that is not executable fails there too."""
    unpacked = folder.with_suffix(".part")
    shutil.rmtree(unpacked, ignore_errors=True)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        for entry in archive.infolist():
            path = archive.extract(entry, unpacked)
            os.chmod(path, (entry.external_attr >> 16) & 0o777 or 0o644)
    unpacked.rename(folder)


def emulator(function):
    """What an arm64 program is given to on this machine; see tools/arm64.py."""
    foreign = "arm64" in (function.architectures or []) and platform.machine() != "aarch64"
    return os.environ.get("SIMULATOR_ARM64", "").split() if foreign else []
