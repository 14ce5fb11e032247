"""Writes BENCHMARKS.md and its plots."""

import datetime
import statistics

# Lambda, x86-64, us-east-1: dollars per GB-second and per million requests; memory for one processor.
GB_SECOND, MILLION_REQUESTS, GIGABYTES = 0.0000166667, 0.20, 1769 / 1024


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def judged(ratio, most):
    return f"**{ratio:.2f}** (≤ {most:.2f})" if ratio <= most else f"{ratio:.2f} (> {most:.2f})"


def megapixels(file):
    return int(file.split("mp")[0])


def title(file):
    stem, kind = file.split(".")
    size, _, rare = stem.partition("-")
    return f"{megapixels(size)} MP {rare + ' ' if rare else ''}{ {'jpg': 'JPEG', 'png': 'PNG', 'webp': 'WebP'}[kind] }"


def times(result):
    rows = []
    for file, work, most_sharp, most_pillow in result["rows"]:
        costs = {name: cost["cpu_ms"] for name, cost in result["times"][file, work].items()}
        ours, best = costs["Obscura"], costs["sharp, best"]
        plain = costs.get("sharp, plain", best)
        rows.append([
            f"{title(file)} → {work}",
            *(f"{ms:.1f}" for ms in (costs["Pillow"], plain, best, ours)),
            judged(ours / best, most_sharp),
            judged(ours / costs["Pillow"], most_pillow),
        ])
    return table(["work", "Pillow", "sharp, plain", "sharp, best", "Obscura", "÷ sharp, best", "÷ Pillow"], rows)


def photographs(result):
    """Of each work, all photographs together, and the ratios' geometric mean, least and most."""
    cameras, costs = result["photographs"]
    names = ("Pillow", "sharp, best", "Obscura")
    rows = []
    for work in ("300", "four"):
        times = {name: [costs[file, work][name]["cpu_ms"] for file in cameras] for name in names}
        ratios = []
        for other in ("sharp, best", "Pillow"):
            each = [ours / theirs for ours, theirs in zip(times["Obscura"], times[other])]
            ratios.append(f"{statistics.geometric_mean(each):.2f} ({min(each):.2f} to {max(each):.2f})")
        rows.append([f"JPEG → {work}", *(f"{sum(times[name]) / len(cameras):.1f}" for name in names), *ratios])
    sizes = sorted(pixels / 1e6 for pixels in cameras.values())
    return f"""{len(cameras)} JPEGs of {sizes[0]:.0f} to {sizes[-1]:.0f} megapixels, the median {statistics.median(sizes):.0f}, from packages of Debian 12
(`guest/resize/conformance/install.sh photographs` fetches them): means, and of the ratios the geometric mean, the least and the most.

""" + table(["work", *names, "÷ sharp, best", "÷ Pillow"], rows)


def others(result):
    rows = [
        [f"12 MP JPEG → `{name}`", f"{theirs:.1f}", f"{ours:.1f}", judged(ours / theirs, most)]
        for name, (ours, theirs, most) in result["others"].items()
    ]
    return table(["work", "sharp", "Obscura", "÷ sharp"], rows)


def tax(result):
    rows = []
    for file, work, *_ in result["rows"]:
        costs = {name: cost["cpu_ms"] for name, cost in result["times"][file, work].items()}
        if "native" not in costs:
            return ""
        ours, native, unbounded = costs["Obscura"], costs["native"], costs["without deadlines"]
        rows.append([
            f"{title(file)} → {work}", f"{native:.1f}", f"{unbounded:.1f}", f"{ours:.1f}",
            judged(ours / native, 1.35), f"{ours / unbounded - 1:+.0%}",
        ])
    return table(["work", "native", "without deadlines", "sandbox", "tax", "deadlines"], rows)


def quality(result):
    rows = []
    for (file, work), found in result["quality"].items():
        for name, by in found.items():
            (ours, our_bytes), (theirs, their_bytes) = by["Obscura"], by["sharp, best"]
            fine = ours >= theirs - 1
            mark = (lambda text: f"**{text}**") if fine else str
            rows.append([
                f"{title(file)} → {work}: {name}", f"{theirs:.1f}", f"{ours:.1f}", mark(f"{ours - theirs:+.1f}"),
                f"{our_bytes / their_bytes - 1:+.1%}",
            ])
    return table(["rendition", "sharp", "Obscura", "difference", "bytes"], rows)


def memory(result):
    names = list(next(iter(result["memory"].values())))
    rows = [[title(file), *(f"{by[name] / 2**20:.0f}" for name in names)] for file, by in result["memory"].items()]
    return table(["four renditions of", *names], rows)


def functions(result):
    cold = result["cold"]
    ours = cold["functions"]["Obscura"]
    rows = []
    for name, by in cold["functions"].items():
        billed = by["warm_billed_ms"]
        cost = billed / 1e3 * GIGABYTES * GB_SECOND * 1e6 + MILLION_REQUESTS
        ratio = ours["cold_first_rendition_ms"] / by["cold_first_rendition_ms"]
        rss = by["peak_rss_bytes"]
        rows.append([
            name, f"{by['cold_first_rendition_ms']:.0f}",
            "" if name == "Obscura" else judged(ratio, 0.25),
            f"{by['cold_manifest_ms']:.0f}", f"{by['warm_manifest_ms']:.0f}", f"{billed:.0f}",
            f"{1e3 / billed:.1f}", f"${cost:.2f}", f"{rss / 2**20:.0f}" if rss else "",
        ])
    head = [
        "function", "cold, first rendition", "ours ÷ it", "cold, all", "warm, all", "billed",
        "pictures a second", "a million", "MiB",
    ]
    alone = cold["transform"]
    publish = alone["publish_ms"] + ours["cold_first_rendition_ms"]
    return table(head, rows) + f"""

Milliseconds on the wall, from the upload on, in turns; “billed” is a warm picture from the event's
delivery to its answer, and the cost is Lambda's for that at {GIGABYTES:.2f} GB, S3's requests not counted.
MiB is the most that the process had. Publishing takes {alone['publish_ms']:.0f} ms, of which compiling
{alone['compile_ms']:.0f}; with a cold function's first rendition after it, {publish:.0f} ms."""


# The stages of a cold start, in order.
STAGES = [
    ("upload, until the function is invoked", "upload_ms"),
    ("process and its own initialisation", "init_ms"),
    ("– of it, S3's client, and the sandbox in parallel", "client_ms"),
    ("– of it, the pipeline document", "document_ms"),
    ("– of it, the component: its record, its artifact, its digest, mapping it", "components_ms"),
    ("from the event to the first rendition", "first_rendition_ms"),
    ("from there to the manifest", "rest_ms"),
]


def start(result):
    alone = result["cold"]["transform"]
    rows = [[name, f"{result['cold']['start'][key]:.1f}"] for name, key in STAGES]
    return table(["stage of the median cold start", "ms"], rows) + f"""

The component has {alone['component_bytes'] / 1e6:.1f} MB, compiled {alone['artifact_bytes'] / 1e6:.1f} MB. Mapping, checking and linking it alone
takes {alone['load_ms']:.1f} ms, an instance that renders nothing {alone['instantiate_ms']:.2f} ms, and the first picture's transform
{alone['guest_cpu_ms']:.0f} ms of processor time."""


def plots(result, folder):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "obscura"
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, label, value in (
        ("cpu", "processor time, ms", lambda file, who: result["scaling"][file, "four"][who]["cpu_ms"]),
        ("memory", "peak memory, MiB", lambda file, who: result["memory"][file][who] / 2**20),
    ):
        figure, axes = pyplot.subplots(figsize=(6, 3.6))
        files = list(result["memory"])
        for who in ("Obscura", "sharp, best", "Pillow"):
            axes.plot([megapixels(f) for f in files], [value(f, who) for f in files], marker="o", label=who)
        axes.set(xlabel="megapixels of the JPEG; four renditions", ylabel=label, ylim=(0, None))
        axes.grid(alpha=0.3)
        axes.legend()
        figure.tight_layout()
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
        made.append(f"![{label} against megapixels](host/bench/plots/{name}.svg)")
    return "\n".join(made)


def slopes(result):
    rows = []
    for file, _ in result["scaling"]:
        costs = result["scaling"][file, "four"]
        size = megapixels(file)
        rows.append([title(file), *(f"{costs[name]['cpu_ms'] / size:.1f}" for name in costs)])
    return table(["ms a megapixel", *costs], rows)


def write(result, out, tools):
    about = result["machine"]
    notes = out.parent / "host/bench" / "notes.md"
    parts = [
        "# Benchmarks",
        f"Written by `just bench{' --quick' if result['quick'] else ''}` on {datetime.date.today():%-d %B %Y}.\n"
        "Do not edit: the parts that are not measured are copied from `host/bench/notes.md`.",
        f"{about['processor']}; load {about['load']:.1f} as it began. sharp {about['sharp']} (libvips {about['libvips']}) on "
        f"Node {about['node']}, concurrency 1, no cache; Pillow {about['Pillow']} (libjpeg-turbo {about['libjpeg-turbo']}) "
        f"on Python {about['Python']}, with `draft`. All in one run, in turns, one thread each; medians of {result['rounds']} rounds.",
        "“300” is a JPEG 300 wide. “four” is a cover of 150 × 150, WebP 400 wide, JPEG 1024 and 1600 wide, all of quality 80. "
        "“Best” decodes once to 1600 and makes the rest of that; “plain” decodes for each. Ours is the sandbox as in "
        "production: a fresh instance each, deadline and limits on. Bold is within what was asked for.",
        "## Processor time, milliseconds",
        times(result),
    ]
    if "photographs" in result:
        parts += ["### Photographs of cameras", photographs(result)]
    if result["others"]:
        parts += ["### Other transforms", "With their defaults. sharp makes the same: a mark of 15 % of the width on the picture; a "
                  "sample of 100 × 100\nand a WebP of 32 × 32, decoding for each.", others(result)]
    if native := tax(result):
        parts += ["## What the sandbox costs", "The same code, built for the processor (x86-64-v3) and for the sandbox, there with and without the checks of\n"
        "epochs that deadlines need.", native]
    parts += [
        "## Quality",
        "SSIMULACRA2 against a reference resampled in floating point; bytes are ours against sharp's.",
        quality(result),
        "## Memory, MiB",
        "Of a fresh program after one picture: the guest's linear memory for Obscura, the process for the others.",
        memory(result),
    ]
    if "scaling" in result:
        parts += ["## From 1 to 100 megapixels", plots(result, out.parent / "host/bench/plots"), slopes(result)]
    if "cold" in result:
        parts += ["## Whole functions", functions(result), "### Where a cold start goes", start(result)]
    if notes.exists():
        parts.append(notes.read_text().strip())
    out.write_text("\n\n".join(parts) + "\n")
