"""`obscura-lambda` as a process."""

import itertools
import json
import os
import pathlib
import subprocess
import threading
from concurrent.futures import Future

ROOT = pathlib.Path(__file__).resolve().parents[4]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


class Program:
    """Runs functions, which print into `logs`, until it is closed or this process ends."""

    def __init__(self, logs):
        self.process = subprocess.Popen(
            [TARGET / "debug/obscura-lambda", logs], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.lock = threading.Lock()
        self.ids, self.waiting = itertools.count(), {}
        threading.Thread(target=self.listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ask(self, function, event):
        """What a function answered to an event."""
        return self.request({"function": function, "event": event})

    def start(self, function):
        """Start an environment ahead of the first event."""
        return self.request({"function": function})

    def request(self, request):
        answer = Future()
        with self.lock:
            request["id"] = next(self.ids)
            self.waiting[request["id"]] = answer
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        return answer.result()

    def listen(self):
        for line in self.process.stdout:
            answer = json.loads(line)
            self.waiting.pop(answer["id"]).set_result(answer)
        for answer in list(self.waiting.values()):
            answer.set_exception(RuntimeError("obscura-lambda has ended"))

    def close(self):
        """Its functions end with it."""
        self.process.stdin.close()
        self.process.wait(10)
