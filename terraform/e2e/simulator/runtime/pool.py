"""Warm environments, as many as run at a time."""

import hashlib
import json
import threading
import time

from . import credentials, logs, metrics
from .environment import Environment, error

MOST = 4


class Pool:
    def __init__(self, endpoint, state):
        self.endpoint, self.state = endpoint, state
        self.lock = threading.Condition()
        self.idle, self.running, self.versions = {}, {}, {}
        self.everyone = set()

    def invoke(self, function, event):
        version = self.version(function)
        environment, problem = self.take(function, version)
        started = time.monotonic()
        try:
            answer = problem or environment.invoke(event)
        finally:
            if not problem:
                self.give_back(version, environment)
        metrics.count(function, time.monotonic() - started, answer.failed)
        return answer

    def version(self, function):
        """A change of code or configuration retires the environments before it."""
        described = [
            function.function_arn,
            function.code_sha_256,
            function.environment_vars,
            function.role,
            function.memory_size,
            function.timeout,
        ]
        version = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
        with self.lock:
            before = self.versions.get(function.function_arn, version)
            self.versions[function.function_arn] = version
            retired = self.idle.pop(before, []) if before != version else []
        for environment in retired:
            environment.close()
        return version

    def take(self, function, version):
        with self.lock:
            while True:
                idle = self.idle.get(version, [])
                # A process that died while it was idle is not handed out.
                while idle and idle[-1].process.poll() is not None:
                    self.everyone.discard(idle[-1])
                    idle.pop().close()
                if idle:
                    self.running[version] = self.running.get(version, 0) + 1
                    return idle.pop(), None
                if self.running.get(version, 0) < MOST:
                    break
                self.lock.wait()
            self.running[version] = self.running.get(version, 0) + 1
        try:
            log = self.state / f"{function.function_name}.log"
            environment = Environment(function, self.variables(function), log)
            self.everyone.add(environment)
            problem = environment.wait_until_ready()
        except OSError as failure:
            environment, problem = None, error("Runtime.InvalidEntrypoint", str(failure))
        if problem:
            self.leave(version)
        return environment, problem

    def give_back(self, version, environment):
        with self.lock:
            current = self.versions.get(environment.function.function_arn) == version
            if environment.alive and current:
                self.idle.setdefault(version, []).append(environment)
            elif environment.alive:
                environment.close()
            if not environment.alive:
                self.everyone.discard(environment)
        self.leave(version)

    def leave(self, version):
        with self.lock:
            self.running[version] -= 1
            self.lock.notify()

    def variables(self, function):
        logging = getattr(function, "logging_config", None) or {}
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "_HANDLER": function.handler,
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
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
        for environment in list(self.everyone):
            environment.close()
