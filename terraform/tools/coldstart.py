"""How long a packaged program takes until it asks for its first event, on this machine.

    python3 -m tools.coldstart dist/transform-x86_64.zip

The program is started as Lambda starts it, with a Runtime API on loopback: from the start of the
process to its first request for an event. What it asks of S3 meanwhile is answered at once, with 404.
Lambda besides fetches the package, which is not in it.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .toolchain import HERE

PATIENCE = 30
BUCKETS = {f"OBSCURA_{one}_BUCKET": f"any-{one.lower()}" for one in ("SOURCE", "DESTINATION", "COMPONENTS")}


class Nothing(BaseHTTPRequestHandler):
    """S3, of which every key is missing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET


def start(program, variables, s3):
    """Seconds until it is ready."""
    sys.path.insert(0, str(HERE / "e2e"))
    from simulator.runtime.program import Program

    function = {
        "name": "cold",
        "version": "",
        "arn": "arn:aws:lambda:eu-central-1:000000000000:function:cold",
        "program": program,
        "args": [],
        "env": {
            **variables,
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3.server_port}",
        },
        "timeout_seconds": PATIENCE,
        "init_timeout_seconds": PATIENCE,
        "memory_mb": 1769,
        "concurrency": 1,
    }
    with Program(pathlib.Path(program).parent) as functions:
        started = time.perf_counter()
        answer = functions.start(function)
        taken = time.perf_counter() - started
    if answer["failed"]:
        sys.exit(f"{program} did not start: {answer['payload']}")
    return taken


def measure(package, count):
    """Seconds of each start, in order of size."""
    # The publish function knows no other bucket.
    publishes = package.name.startswith("publish")
    given = {name: value for name, value in BUCKETS.items() if not publishes or "COMPONENTS" in name}
    with tempfile.TemporaryDirectory(prefix="obscura-cold-") as folder:
        with zipfile.ZipFile(package) as found:
            program = found.extract("bootstrap", folder)
        pathlib.Path(program).chmod(0o755)
        with ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as s3:
            threading.Thread(target=s3.serve_forever, daemon=True).start()
            try:
                return sorted(start(program, given, s3) for _ in range(count))
            finally:
                s3.shutdown()


def main():
    arguments = argparse.ArgumentParser(
        prog="coldstart", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("packages", type=pathlib.Path, nargs="+")
    arguments.add_argument("--count", type=int, default=20)
    given = arguments.parse_args()
    for package in given.packages:
        found = [1000 * one for one in measure(package, given.count)]
        print(
            f"{package}: ready in {statistics.median(found):.1f} ms "
            f"(median of {len(found)} starts, {found[0]:.1f} to {found[-1]:.1f} ms)"
        )


if __name__ == "__main__":
    main()
