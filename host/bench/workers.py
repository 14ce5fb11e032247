"""The programs that render pictures, ours and theirs, each of which reads commands from its
standard input."""

import json
import os
import subprocess

# The two tasks, as the parameters of `resize`. Other transforms have their defaults.
WORKS = {
    "300": [{"name": "w300", "width": 300, "format": "jpeg"}],
    "four": [
        {"name": "large", "width": 1600, "format": "jpeg"},
        {"name": "medium", "width": 1024, "format": "jpeg"},
        {"name": "small", "width": 400, "format": "webp"},
        {"name": "thumbnail", "width": 150, "height": 150, "format": "jpeg"},
    ],
}


class Worker:
    """One program; `order` returns the cost of a picture."""

    def __init__(self, command, **extra):
        environment = {**os.environ, **extra}
        # Native libraries must use a single thread.
        environment.update(VIPS_CONCURRENCY="1", OMP_NUM_THREADS="1")
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def order(self, **order):
        print(json.dumps({key: value for key, value in order.items() if value}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args[0]} ended while it rendered {order['file']}")
        return json.loads(line)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Guest(Worker):
    """A transform, in the sandbox or native."""

    def render(self, file, work, out=None):
        parameters = {"renditions": WORKS[work]} if work in WORKS else {}
        return self.order(file=str(file), params=json.dumps(parameters), out=out and str(out))


class Peer(Worker):
    """A worker of ../bench/peers."""

    def __init__(self, command, how=None, **extra):
        super().__init__(command, **extra)
        self.how = how

    def render(self, file, work, out=None):
        return self.order(file=str(file), work=work, how=self.how, out=out and str(out))
