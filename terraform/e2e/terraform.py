"""Terraform with the real provider, against the simulator."""

import json
import os
import pathlib
import signal
import subprocess

from harness import HERE, REGION, wait_for
from tools import adopt, toolchain

EXAMPLES = HERE.parent / "examples"


class Deployment:
    """One shipped example, applied unchanged; only its variables are set, and its state is stored
    elsewhere."""

    def __init__(self, simulator, example, variables, folder):
        self.folder, self.example = pathlib.Path(folder), EXAMPLES / example
        self.folder.mkdir(parents=True, exist_ok=True)
        self.program, environment = toolchain.terraform()
        # `AWS_ENDPOINT_URL` alone points the provider at the simulator.
        self.environment = {
            **{k: v for k, v in environment.items() if not k.startswith(("AWS_", "TF_VAR_"))},
            "AWS_ENDPOINT_URL": simulator.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "TF_DATA_DIR": str(self.folder / "data"),
            **{f"TF_VAR_{name}": str(value) for name, value in variables.items() if value},
        }
        toolchain.init(self.example, self.folder / "data")

    def command(self, *arguments):
        words = [self.program, arguments[0], f"-state={self.folder / 'terraform.tfstate'}"]
        if arguments[0] != "output":
            words += ["-input=false", "-no-color"]
        return [*words, *arguments[1:]]

    def run(self, *arguments, accept=(0,)):
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.example,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if accept and done.returncode not in accept:
            raise AssertionError(f"terraform {arguments[0]}:\n{done.stdout[-3000:]}\n{done.stderr}")
        return done

    def apply(self):
        """As in `just deploy`, resources of a killed apply are imported."""

        def terraform(command, *rest):
            unasked = ["-auto-approve"] if command == "apply" else []
            return self.run(command, *unasked, *rest, accept=None)

        self.adopted = []
        done = adopt.apply(terraform, self.adopted.append)
        if done.returncode:
            raise AssertionError(f"terraform apply:\n{done.stdout[-3000:]}\n{done.stderr}")
        return done

    def start(self):
        """An apply that the caller waits for."""
        return subprocess.Popen(
            self.command("apply", "-auto-approve"),
            cwd=self.example,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self, process, enough, meanwhile=lambda: None):
        """Kill the run of `start` once so many resources exist; returns their number.

        Not while it writes its state file: Terraform cannot read a partial one.
        """
        while True:
            wait_for(f"{enough} resources", lambda: self.held() >= enough, 600)
            os.killpg(process.pid, signal.SIGSTOP)
            if (held := self.held()) >= enough:
                break
            os.killpg(process.pid, signal.SIGCONT)
        meanwhile()
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
        return held

    def held(self):
        """The number of resources in the state, which may be read while it is written."""
        try:
            state = json.loads((self.folder / "terraform.tfstate").read_text())
        except (FileNotFoundError, ValueError):
            return 0
        return sum(len(one["instances"]) for one in state["resources"] if one["mode"] == "managed")

    def destroy(self):
        return self.run("destroy", "-auto-approve")

    def changes(self):
        """The changes of a plan; empty if there are none."""
        done = self.run("plan", "-detailed-exitcode", accept=(0, 2))
        return "" if done.returncode == 0 else done.stdout

    def outputs(self):
        described = json.loads(self.run("output", "-json").stdout)
        return {name: one["value"] for name, one in described.items()}
