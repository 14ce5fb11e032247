"""Shared by the tests: the simulator as a process, clients for it, waiting with a timeout."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.request

import boto3
from botocore.config import Config

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
REGION = "eu-central-1"
QUICK = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=120)


class Simulator:
    """`python -m simulator`, which ends when its standard input is closed."""

    def __init__(self, state, *options):
        self.state, self.options, self.port = pathlib.Path(state), options, 0
        self.state.mkdir(parents=True, exist_ok=True)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Restart it at the same address, with no state."""
        command = [sys.executable, "-m", "simulator", "--state", str(self.state), *self.options]
        command += ["--port", str(self.port)]
        # Ignore this machine's own credentials.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        self.log = open(self.state / "server.log", "ab")
        self.process = subprocess.Popen(
            command,
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment,
        )
        port = self.process.stdout.readline().strip()
        if not port:
            raise RuntimeError((self.state / "server.log").read_text())
        self.port = int(port)
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def kill(self):
        """Kill it, as in a machine failure."""
        self.process.kill()
        self.process.wait(10)
        self.log.close()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.log.close()

    def client(self, service, key=("test", "test")):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=key[0],
            aws_secret_access_key=key[1],
            aws_session_token=key[2] if len(key) > 2 else None,
            config=QUICK,
        )

    def environment(self, key=("test", "test")):
        """The environment for a program to use the simulator with this key."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": key[0],
            "AWS_SECRET_ACCESS_KEY": key[1],
        }

    def enforce(self, on):
        """Whether requests need permissions from now on."""
        request = urllib.request.Request(
            f"{self.endpoint}/moto-api/reset-auth",
            data=b"0" if on else b"inf",
            headers={"Content-Type": "text/plain"},
        )
        urllib.request.urlopen(request, timeout=5).close()

    def user(self, name, *statements, by=("test", "test")):
        """Create a user with these permissions, using that key; returns the user's key."""
        iam = self.client("iam", by)
        iam.create_user(UserName=name)
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_user_policy(
            UserName=name, PolicyName="given", PolicyDocument=as_json(document)
        )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def kill_functions(self):
        """Kill every process that runs a function."""
        for runner in children(self.process.pid):
            for function in children(runner):
                try:
                    os.kill(function, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def logs(self):
        """The end of each log, for a failure's message."""
        files = sorted(self.state.glob("*.log"))
        return "\n".join(f"--- {one.name}\n{one.read_text(errors='replace')[-3000:]}" for one in files)


def children(process):
    """The child processes of a process."""
    found = []
    for thread in pathlib.Path(f"/proc/{process}/task").iterdir():
        try:
            found += map(int, (thread / "children").read_text().split())
        except FileNotFoundError:
            continue  # The thread has ended since the folder was listed.
    return found


def as_json(value):
    return json.dumps(value)


def allow(actions, resources="*"):
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def wait_for(what, probe, seconds=20):
    """Wait for the probe's first true result, with a timeout."""
    until = time.monotonic() + seconds
    while True:
        if answer := probe():
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
