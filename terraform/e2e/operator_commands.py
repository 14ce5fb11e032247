"""The operator's commands of `obscura`, as processes against the simulator."""

import json
import os
import signal
import subprocess

from tools.cloud import OBSCURA

# The output `deployment` of a deployment that only has names.
NOTHING = {
    "name": "nothing",
    "source_bucket_name": "nothing",
    "source_prefix": "",
    "destination_bucket_name": "nothing",
    "components_bucket_name": "nothing",
    "transform_function_name": "nothing",
    "transform_function_arn": "arn:aws:lambda:eu-central-1:123456789012:function:nothing",
    "publish_function_name": None,
    "backfill_role_arn": "arn:aws:iam::123456789012:role/nothing",
    "events_queue_url": None,
    "on_failure_queue_url": "nothing",
}


class Operator:
    """An operator with a deployment's outputs in a file."""

    def __init__(self, folder, has, environment):
        self.outputs = folder / "outputs.json"
        self.outputs.write_text(json.dumps({**NOTHING, **has}))
        others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.environment = {**others, **environment}

    def start(self, command, *arguments):
        """A process whose output is read while it runs."""
        words = [OBSCURA, command, "--deployment", self.outputs, *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(words, env=self.environment, text=True, **pipes)

    def run(self, command, *arguments, code=0):
        """The lines of its output; those of standard error come last."""
        process = self.start(command, *arguments)
        said, complained = process.communicate(timeout=300)
        assert process.returncode == code, f"{process.returncode}\n{said}\n{complained}"
        return [*said.splitlines(), *complained.splitlines()]

    def interrupt(self, command, *arguments):
        """Interrupt it as with Ctrl-C, after the first line; returns the output."""
        process = self.start(command, *arguments)
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=60)
        return process.returncode, [first.strip(), *said.splitlines(), *complained.splitlines()]
