#!/usr/bin/env python3
"""Measures the first byte of a rendition on request, cold and warm: ours and a Node handler with sharp.

Run it after `host/bench/setup` and a build of the programs: first_byte.py [--obscura PROGRAM] [--rounds N] PHOTO
"""

import argparse
import hashlib
import hmac
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# The renditions on request; one step each, as a plan of one picture has a component for each format.
DOCUMENT = {
    "version": 2,
    "routes": [{
        "name": "all",
        "key_template": "{key}/{version}/{rendition}.{extension}",
        "steps": [{
            "transform": "resize-avif",
            "when": "requested",
            "parameters": {"renditions": [{"name": "card", "widths": [640], "formats": ["webp", "avif"]}]},
        }],
    }],
}


class Emulator:
    """`obscura serve` with a temporary folder."""

    def __init__(self, arguments, bootstrap):
        self.folder = tempfile.TemporaryDirectory()
        command = [arguments.obscura, "serve", "--dir", self.folder.name, "--port", "0", "--timeout-s", "120"]
        command += ["--bootstrap", bootstrap] if bootstrap else []
        self.process = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, text=True)
        greeting = ""
        while "AWS_SECRET_ACCESS_KEY=" not in greeting:
            line = self.process.stderr.readline()
            if not line:
                raise SystemExit(greeting)
            greeting += line
        found = lambda pattern: re.search(pattern, re.sub(r"\x1b\[[0-9;]*m", "", greeting)).group(1)
        self.s3 = found(r"endpoint +http://(\S+)")
        self.delivery = found(r"renditions +http://([^/\s]+)")
        self.keys = found(r"AWS_ACCESS_KEY_ID=(\S+)"), found(r"AWS_SECRET_ACCESS_KEY=(\S+)")
        # Drain the output, so that the process does not block.
        subprocess.Popen(["cat"], stdin=self.process.stderr, stdout=subprocess.DEVNULL)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.folder.cleanup()

    def request(self, method, bucket, key, body=b""):
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/us-east-1/s3/aws4_request"
        headers = f"host:{self.s3}\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:{now}\n"
        names = "host;x-amz-content-sha256;x-amz-date"
        canonical = f"{method}\n/{bucket}/{key}\n\n{headers}\n{names}\nUNSIGNED-PAYLOAD"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        secret = f"AWS4{self.keys[1]}".encode()
        for part in scope.split("/"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        signature = hmac.digest(secret, text.encode(), "sha256").hex()
        authorization = f"AWS4-HMAC-SHA256 Credential={self.keys[0]}/{scope}, SignedHeaders={names}, Signature={signature}"
        connection = http.client.HTTPConnection(self.s3)
        connection.request(method, f"/{bucket}/{key}", body, {
            "x-amz-date": now, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "authorization": authorization})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def first_byte(self, path):
        """Milliseconds until the first byte of a response, and its size."""
        connection = http.client.HTTPConnection(self.delivery)
        connection.connect()
        started = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        first = answer.read(1)
        elapsed = (time.perf_counter() - started) * 1e3
        body = first + answer.read()
        if answer.status != 200 or answer.headers["x-cache"] != "Miss":
            raise SystemExit(f"{path}: {answer.status} {body[:300]}")
        return elapsed, len(body)

    def cool_down(self):
        """End every deliver function, so that the next request starts one."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if b"OBSCURA_FUNCTION=deliver" in (folder / "environ").read_bytes().split(b"\0") and self.owns(folder):
                    os.kill(int(folder.name), signal.SIGKILL)
                    # On a busy machine, it ends slowly.
                    while len(os.listdir(folder / "task")) > 1 or ") Z " not in (folder / "stat").read_text():
                        time.sleep(0.05)
            except (OSError, ValueError):
                pass

    def owns(self, folder):
        address = f"AWS_ENDPOINT_URL_S3=http://{self.s3}".encode()
        return address in (folder / "environ").read_bytes().split(b"\0")


def measure(emulator, photo, rounds, ours):
    times = {}
    for number in range(rounds):
        for kind in ("webp", "avif"):
            for state in ("cold", "warm"):
                key = f"{number}-{kind}-{state}.jpg"
                emulator.request("PUT", "source", key, photo)
                path = f"/{key}/card-640.{kind}" if ours else f"/{key}/640.{kind}"
                while ours and emulator.request("GET", "destination", f"{key}/manifest.json")[0] != 200:
                    time.sleep(0.05)
                if state == "cold":
                    emulator.cool_down()
                elapsed, size = emulator.first_byte(path)
                times.setdefault((kind, state), []).append((elapsed, size))
    return times


def publish(emulator, component):
    emulator.request("PUT", "components", "incoming/resize-avif/resize_avif.wasm", component.read_bytes())
    report = "reports/resize-avif/resize_avif.wasm.json"
    while (found := emulator.request("GET", "components", report))[0] != 200:
        time.sleep(0.5)
    if json.loads(found[1]).get("outcome") != "active":
        raise SystemExit(found[1].decode())
    emulator.request("PUT", "components", "pipeline.json", json.dumps(DOCUMENT).encode())
    time.sleep(5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--obscura", type=Path, default=ROOT / "target/debug/obscura")
    parser.add_argument("--component", type=Path, default=ROOT / "target/wasm32-wasip2/guest/resize_avif.wasm")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="the one of this name alone")
    arguments = parser.parse_args()
    photo = arguments.photo.read_bytes()
    for name in ("Obscura", "Node + sharp"):
        if arguments.only not in (None, name):
            continue
        peer = None
        if name != "Obscura":
            peer = Path(tempfile.mkdtemp()) / "node-deliver"
            modules = ROOT / ".tools/bench/node/package.json"
            peer.write_text(f'#!/bin/sh\nBENCH_MODULES="{modules}" exec node "{HERE}/peers/deliver.mjs"\n')
            peer.chmod(0o755)
        emulator = Emulator(arguments, peer)
        try:
            if not peer:
                publish(emulator, arguments.component)
            times = measure(emulator, photo, arguments.rounds, ours=not peer)
        finally:
            emulator.stop()
        for (kind, state), found in sorted(times.items()):
            median = statistics.median(elapsed for elapsed, _ in found)
            print(f"{name:14} {kind} {state}: {median:7.0f} ms to the first byte, {found[0][1]} bytes", flush=True)


if __name__ == "__main__":
    main()
