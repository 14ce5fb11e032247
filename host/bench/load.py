"""Puts our function and others under load on the same S3 and queue, then soak-tests ours, and
writes LOAD.md."""

import argparse
import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import pictures
from cold import NAMES, write as script
from report import table

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TOOLS = ROOT / ".tools/bench"
FILES = ["1mp.jpg", "3mp.jpg", "6mp.jpg", "12mp.jpg"]


def bench(arguments, *more):
    command = [arguments.obscura, "bench", *more, "--json", "--bootstrap", arguments.bootstrap]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    if not done.stdout:
        raise SystemExit(done.returncode)
    return json.loads(done.stdout)


def milliseconds(latency):
    return " / ".join(f"{latency[name]:,.0f}" for name in ("p50_ms", "p95_ms", "p99_ms"))


def kept(part):
    """The previous figures."""
    path = TOOLS / f"{part}.json"
    if not path.exists():
        raise SystemExit(f"there are no figures of the {part} yet; measure it, too")
    return json.loads(path.read_text())


def load(arguments, photos):
    python, node = TOOLS / "python-worker", TOOLS / "node-worker"
    script(python, f'exec "{TOOLS}/python/bin/python" "{HERE}/peers/worker.py"')
    script(node, f'BENCH_MODULES="{TOOLS}/node/package.json" exec node "{HERE}/peers/worker.mjs"')
    figures = []
    for environments in (1, 2):
        found = bench(
            arguments, "load", *photos, "--environments", environments, "--peer", node, "--peer", python,
            "--pictures", arguments.pictures, "--rounds", arguments.rounds, "--rate", arguments.rate,
        )
        figures += [(environments, one) for one in found]
    return figures


def load_table(figures):
    rows = [
        [
            f"{NAMES.get(one['name'], one['name'])}, {environments}",
            f"{one['pictures_per_second']:.1f}", f"{one['renditions_per_second']:.1f}", f"{one['cores']:.2f}",
            f"{one['cores_of_server']:.2f}", f"{one['cpu_ms']:.0f}", milliseconds(one["burst"]),
            milliseconds(one["steady"]), f"{one['rss_bytes'] / 2**20:.0f}",
        ]
        for environments, one in figures
    ]
    head = [
        "function, environments", "pictures a second", "renditions a second", "processors", "of S3 and queue",
        "processor ms a picture", "burst, p50 / p95 / p99 ms", "steady, p50 / p95 / p99 ms", "MiB",
    ]
    return table(head, rows)


def plot(soak, path):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "obscura"
    from matplotlib import pyplot

    samples = soak["samples"]
    minutes = [sample["at_s"] / 60 for sample in samples]
    lines = {
        "memory, MiB": {who: [s[who]["rss_bytes"] / 2**20 for s in samples] for who in ("function", "server")},
        "open files": {who: [s[who]["open_files"] for s in samples] for who in ("function", "server")},
        "latency, ms": {name: [s["latency"][f"{name}_ms"] for s in samples] for name in ("p50", "p99")},
    }
    figure, all_axes = pyplot.subplots(3, 1, figsize=(7, 7), sharex=True)
    for axes, (label, by_name) in zip(all_axes, lines.items()):
        for name, values in by_name.items():
            axes.plot(minutes, values, label=name)
        axes.set(ylabel=label, ylim=(0, None))
        axes.grid(alpha=0.3)
        axes.legend()
    all_axes[1].set_ylabel("open files")
    all_axes[2].set(yscale="log", ylim=(1, None))
    all_axes[-1].set_xlabel("minutes")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def soak(arguments, photos):
    return bench(
        arguments, "soak", *photos[:2], "--publisher", arguments.publisher, "--seconds", arguments.seconds,
        "--seed", arguments.seed, "--rate", arguments.soak_rate,
    )


def soak_table(found):
    plot(found, HERE / "plots/soak.svg")
    traffic, settled = found["traffic"], found["settled"]
    half = len(found["samples"]) // 2
    calm = found["samples"][half // 2 : half], found["samples"][half:-1]

    def most(samples, who, what):
        return max((sample[who][what] for sample in samples), default=0)

    rows = [
        ["duration, and until all was settled", f"{found['seconds']:.0f} s, {found['settling_s']:.0f} s"],
        ["uploads, of them broken", f"{traffic['uploads']:,}, {traffic['broken']:,}"],
        ["deletions", f"{traffic['deletions']:,}"],
        ["events begun to come twice, held back, released in reverse", f"{traffic['disturbances']:,}"],
        ["components published, rolled back", f"{found['published']}, {found['rolled_back']}"],
        ["pipeline documents changed", f"{found['documents']}"],
        ["events retried, given up on", f"{found['retried']}, {found['dead']}"],
        ["latency, p50 / p95 / p99 ms", milliseconds(found["latency"])],
    ]
    for who in ("function", "server"):
        for what, name, unit in (("rss_bytes", "memory, MiB", 2**20), ("open_files", "open files", 1)):
            early, late = (most(samples, who, what) / unit for samples in calm)
            rows.append([f"{who}: most {name}, second quarter, second half", f"{early:.0f}, {late:.0f}"])
    rows += [
        ["**keys, renditions looked at in the end**", f"{settled['keys']:,}, {settled['renditions']:,}"],
        ["**missing, wrong, stale or left behind**", f"{len(settled['problems'])}"],
    ]
    problems = "".join(f"\n- {problem}" for problem in settled["problems"])
    return table(["of the soak", f"seed {found['seed']}"], rows) + problems


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--part", choices=["load", "soak"], help="measure only this, and keep the other's last figures")
    arguments.add_argument("--soak-rate", type=float, default=8.0, help="steps a second of the soak")
    arguments.add_argument("--seconds", type=int, default=1800, help="of the soak")
    arguments.add_argument("--seed", type=int, default=1, help="of the soak's steps")
    arguments.add_argument("--pictures", type=int, default=60, help="of a burst")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--rate", type=float, default=1.0, help="pictures a second of the steady load")
    arguments.add_argument("--obscura", type=Path, default=ROOT / "target/release/obscura")
    arguments.add_argument("--bootstrap", type=Path, default=ROOT / "target/release/bootstrap")
    arguments.add_argument("--publisher", type=Path, default=ROOT / "target/release/publisher")
    arguments.add_argument("--out", type=Path, default=HERE / "LOAD.md")
    arguments = arguments.parse_args()
    folder = TOOLS / "pictures"
    pictures.make(folder, ROOT / "examples/photos", FILES)
    photos = [folder / name for name in FILES]
    machine = f"{os.cpu_count()} processors; load {os.getloadavg()[0]:.1f} as it began."
    for part, measure in {"load": load, "soak": soak}.items():
        if arguments.part in (None, part):
            print(part, file=sys.stderr)
            (TOOLS / f"{part}.json").write_text(json.dumps(measure(arguments, photos)))
    loaded, soaked = kept("load"), kept("soak")
    notes = HERE / "load-notes.md"
    parts = [
        "# Under load",
        f"Written by `just load` on {datetime.date.today():%-d %B %Y}. Do not edit: the parts that are not measured are copied "
        f"from `load-notes.md`. {machine}",
        "## Next to other workers",
        f"JPEG photographs of 1, 3, 6 and 12 megapixels in turn, four renditions each, every picture another file. A "
        f"burst is {arguments.pictures} pictures, eight uploads at a time; the steady rate is {arguments.rate:g} a second. Each function "
        "runs on the same S3 server, queue and Runtime API, with one or two environments, each of one thread; rounds "
        f"in turns, medians of {arguments.rounds}. A latency is from the event's acceptance until it is processed; "
        "“processors” are those that the function's processes kept busy in the burst.",
        load_table(loaded),
        "## Everything at once",
        "Two environments; JPEG photographs of 1 and 3 megapixels. Keys by Zipf's law; broken pictures, deletions, events twice, late and in reverse order; "
        "components published and rolled back, and documents changed. In the end every key is compared with its "
        "newest source, and every rendition's bytes with its manifest.",
        soak_table(soaked),
        "![memory, open files and latency over time](plots/soak.svg)",
    ]
    if notes.exists():
        parts.append(notes.read_text().strip())
    arguments.out.write_text("\n\n".join(parts) + "\n")
    print(f"written to {arguments.out}", file=sys.stderr)
    if soaked["settled"]["problems"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
