"""Measures the transform and its peers in one run, and writes BENCHMARKS.md.

Every figure is processor time, user and system, of one thread. Ours and theirs alternate, so that
other load on the machine affects all of them equally. Medians are compared.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pictures
from cold import cold
from report import write
from workers import Guest, Peer

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TOOLS = ROOT / ".tools/bench"

# Picture and work, with the maximum ratios to sharp's best and to Pillow's time.
ROWS = [
    ("12mp.jpg", "300", 0.40, 0.20),
    ("12mp.jpg", "four", 0.42, 0.15),
    ("24mp.jpg", "300", 0.40, 0.20),
    ("24mp.jpg", "four", 0.45, 0.15),
    ("12mp-progressive.jpg", "300", 0.50, 0.50),
    ("12mp-progressive.jpg", "four", 0.50, 0.35),
    ("12mp.png", "300", 0.50, 0.40),
    ("12mp.png", "four", 0.55, 0.22),
    ("12mp.webp", "300", 0.70, 0.45),
    ("12mp.webp", "four", 0.55, 0.20),
]
# Other transforms, on a JPEG of 12 megapixels, with the maximum ratio to sharp's time for the same.
OTHERS = {"watermark": 0.50, "placeholder": 0.30}
# The numbers of pixels in the plot.
SCALING = ["1mp.jpg", "3mp.jpg", "6mp.jpg", "12mp.jpg", "24mp.jpg", "48mp.jpg", "100mp.jpg"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(workers, folder, rows, rounds):
    """Rounds in which every worker does every row once; the first is a warm-up."""
    times = {}
    for turn in range(rounds + 1):
        for file, work in rows:
            for name, worker in workers.items():
                if name == "sharp, plain" and work == "300":
                    continue  # The same as its best.
                cost = worker.render(folder / file, work)
                if turn:
                    times.setdefault((file, work), {}).setdefault(name, []).append(cost)
        say(f"  round {turn} of {rounds}")
    return {
        row: {
            name: {
                "cpu_ms": statistics.median(cost["cpu_ms"] for cost in costs),
                "peak_bytes": max(
                    cost.get("peak_memory_bytes", cost.get("peak_rss_bytes", 0)) for cost in costs
                ),
            }
            for name, costs in by_name.items()
        }
        for row, by_name in times.items()
    }


def photographs():
    """Camera JPEGs of four megapixels and more, from conformance/photographs.py, if present."""
    from PIL import Image

    sys.path.append(str(ROOT / "guest/resize/conformance"))
    import photographs

    found = {}
    for _, path in photographs.paths():
        if path.suffix == ".jpg" and path.exists():
            with Image.open(path) as picture:
                pixels = picture.width * picture.height
            if pixels >= 4_000_000:
                found[path] = pixels
    return found


def peers():
    node = {
        "BENCH_MODULES": str(TOOLS / "node/package.json"),
        "BENCH_MARK": str(ROOT / "guest/watermark/src/copyright.png"),
    }
    sharp = ["node", HERE / "peers/sharp.mjs"]
    pillow = [TOOLS / "python/bin/python", HERE / "peers/pillow.py"]
    return {
        "sharp, best": lambda: Peer(sharp, "best", **node),
        "sharp, plain": lambda: Peer(sharp, "plain", **node),
        "Pillow": lambda: Peer(pillow),
    }


def others(arguments, make, folder, rounds):
    """The transforms besides `resize` next to sharp: {name: (ours, sharp's)} in milliseconds."""
    found = {}
    for name in OTHERS:
        component = ROOT / f"target/wasm32-wasip2/guest/{name}.wasm"
        if component.exists():
            guest = Guest([arguments.obscura, "bench", "guest", "--component", component])
            pair = {"Obscura": guest, "sharp, best": make["sharp, best"]()}
            costs = measure(pair, folder, [("12mp.jpg", name)], rounds)["12mp.jpg", name]
            found[name] = [costs[who]["cpu_ms"] for who in pair]
            for worker in pair.values():
                worker.stop()
    return found


def memory(file, work, folder, make):
    """The peak memory of a fresh program for one picture, less its memory at rest."""
    peak = {}
    for name, start in make.items():
        worker = start()
        peak[name] = worker.render(folder / file, work).get("peak_rss_bytes") or worker.render(
            folder / file, work
        )["peak_memory_bytes"]
        worker.stop()
    return peak


def quality(workers, folder, names):
    from quality import scores

    found = {}
    for file, work in names:
        with tempfile.TemporaryDirectory() as scratch:
            folders = []
            for name in ("Obscura", "sharp, best"):
                out = Path(scratch) / name
                out.mkdir()
                workers[name].render(folder / file, work, out)
                folders.append(out)
            found[file, work] = scores(folder / file, folders)
        say(f"  {file}, {work}")
    return found


def machine():
    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    versions = json.loads(
        subprocess.run(
            ["node", "-p", "JSON.stringify({node: process.version, ...require('sharp').versions})"],
            cwd=TOOLS / "node", capture_output=True, text=True, check=True,
        ).stdout
    )
    import PIL
    from PIL import features

    return {
        "processor": f"{model}, {os.cpu_count()} processors, Linux {platform.release()}",
        "node": versions["node"],
        "sharp": versions["sharp"],
        "libvips": versions["vips"],
        "mozjpeg": versions.get("mozjpeg", ""),
        "Python": platform.python_version(),
        "Pillow": PIL.__version__,
        "libjpeg-turbo": features.version("libjpeg_turbo"),
        "load": os.getloadavg()[0],
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="fewer rounds and pictures; under three minutes")
    arguments.add_argument("--rounds", type=int, help="how often each picture is rendered by each (9; quick: 3)")
    arguments.add_argument("--obscura", type=Path, default=ROOT / "target/release/obscura")
    arguments.add_argument("--bootstrap", type=Path, default=ROOT / "target/release/bootstrap")
    arguments.add_argument("--native", type=Path, default=ROOT / "target/native/guest/examples/native")
    arguments.add_argument("--out", type=Path, default=ROOT / "BENCHMARKS.md")
    arguments = arguments.parse_args()
    rounds = arguments.rounds or (3 if arguments.quick else 9)
    folder = TOOLS / "pictures"

    scaling = SCALING[:0] if arguments.quick else SCALING
    pictures.make(folder, ROOT / "examples/photos", sorted({row[0] for row in ROWS} | set(scaling)))

    start = {"Obscura": lambda: Guest([arguments.obscura, "bench", "guest"])}
    if arguments.native.exists():
        start["without deadlines"] = lambda: Guest([arguments.obscura, "bench", "guest", "--without-deadlines"])
        start["native"] = lambda: Guest([arguments.native])
    start.update(peers())
    workers = {name: begin() for name, begin in start.items()}
    say("processor time")
    result = {
        "machine": machine(),
        "rounds": rounds,
        "quick": arguments.quick,
        "rows": ROWS,
        "times": measure(workers, folder, [row[:2] for row in ROWS], rounds),
    }
    say("quality")
    judged = [("12mp.jpg", "300")] if arguments.quick else [
        ("12mp.jpg", "300"), ("12mp.jpg", "four"), ("12mp-progressive.jpg", "four"),
        ("12mp.png", "four"), ("12mp.webp", "300"), ("12mp.webp", "four"),
    ]
    result["quality"] = quality(workers, folder, judged)
    if scaling:
        say("from 1 to 100 megapixels")
        result["scaling"] = measure(
            {name: workers[name] for name in ("Obscura", "sharp, best", "Pillow")},
            folder, [(file, "four") for file in scaling], max(2, rounds // 3),
        )
    cameras = {} if arguments.quick else photographs()
    if cameras:
        say(f"{len(cameras)} photographs of cameras")
        result["photographs"] = cameras, measure(
            {name: workers[name] for name in ("Obscura", "sharp, best", "Pillow")},
            folder, [(file, work) for file in cameras for work in ("300", "four")], max(2, rounds // 3),
        )
    for worker in workers.values():
        worker.stop()
    say("other transforms")
    result["others"] = {name: (*costs, OTHERS[name]) for name, costs in others(arguments, start, folder, rounds).items()}
    say("memory")
    fresh = {name: start[name] for name in ("Obscura", "sharp, best", "Pillow")}
    files = ["12mp.jpg"] if arguments.quick else scaling
    result["memory"] = {file: memory(file, "four", folder, fresh) for file in files}
    if arguments.bootstrap.exists():
        say("cold start")
        result["cold"] = cold(arguments, TOOLS, folder, 3 if arguments.quick else 7)
    write(result, arguments.out, TOOLS)
    say(f"written to {arguments.out}")


if __name__ == "__main__":
    main()
