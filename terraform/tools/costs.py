"""What a million pictures cost, from measured time and memory.

    python3 -m tools.costs "Obscura=69:1769" "Python and Pillow=553:1769"
    python3 -m tools.costs --on-demand

Each argument is a name, the milliseconds that Lambda bills for a picture, and the function's memory
in MB; prices.py has the prices. With --on-demand: a family of renditions for pages, made at the upload or
when it is asked for, here and by others; docs/costs.md says what is assumed.
"""

import sys

from .prices import EDGE_GIGABYTE_SECOND, EDGE_REQUEST, GATEWAY, GIGABYTE_SECOND, READ, REQUEST, STORAGE, WRITE

MILLION = 1_000_000


def row(argument):
    name, _, measured = argument.rpartition("=")
    milliseconds, memory = (float(one) for one in measured.split(":"))
    compute = MILLION * milliseconds / 1000 * memory / 1024 * GIGABYTE_SECOND
    calls, storage = MILLION * REQUEST, MILLION * STORAGE
    return (name, f"{milliseconds:g} ms", f"{memory:g} MB", compute, calls + storage)


# A family of four widths in two formats; of a fifth of the pictures, two of them are ever looked at.
FAMILY, LOOKED_AT, ASKED = 8, 0.2, 2
# Seconds for one rendition, and for one more of a picture that is decoded already; by Pillow; and around them.
ONE, MORE, AROUND, MEMORY_MB = 0.069, 0.008, 0.060, 1769
PILLOW_ONE, PILLOW_MORE = 0.170, 0.020
# How often a rendition is asked for of what is behind the caches: by regions, and after it was evicted.
MISSES = 5


def on_demand():
    """Dollars for a million pictures, by way: what runs, S3's reads, its writes."""

    def runs(calls, seconds, price=GIGABYTE_SECOND, call=REQUEST):
        return calls * (seconds * MEMORY_MB / 1024 * price + call)

    asked = MILLION * LOOKED_AT * ASKED
    misses = asked * MISSES
    whole = AROUND + ONE + MORE * (FAMILY - 1)
    return {
        "Obscura, all at the upload": (runs(MILLION, whole), MILLION * 5 * READ, MILLION * (FAMILY + 1) * WRITE),
        "Obscura, on demand": (
            runs(MILLION, AROUND) + runs(asked, AROUND + ONE),
            # At the upload and at the request; and the bucket, which is asked first each time.
            (MILLION * 5 + asked * 7 + misses) * READ,
            (MILLION + asked * 2) * WRITE,
        ),
        "Pillow, all at the upload": (runs(MILLION, AROUND + PILLOW_ONE + PILLOW_MORE * (FAMILY - 1)), MILLION * 5 * READ, MILLION * (FAMILY + 1) * WRITE),
        "DIT": (runs(misses, AROUND + ONE) + misses * GATEWAY, misses * READ, 0),
        "Lambda@Edge that stores": (
            runs(asked, AROUND + ONE, EDGE_GIGABYTE_SECOND, EDGE_REQUEST) + (misses - asked) * EDGE_REQUEST,
            (misses + asked) * READ,
            asked * WRITE,
        ),
    }


def main():
    if sys.argv[1:] == ["--on-demand"]:
        print("| | Lambda | S3, reads | S3, writes | Sum |")
        print("|---|--:|--:|--:|--:|")
        for name, parts in on_demand().items():
            print(f"| {name} | {' | '.join(f'${one:.2f}' for one in (*parts, sum(parts)))} |")
        return
    print("| | Time | Memory | Lambda, time | requests, Lambda and S3 | Sum |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, time, memory, compute, requests in map(row, sys.argv[1:]):
        print(f"| {name} | {time} | {memory} | ${compute:.2f} | ${requests:.2f} | ${compute + requests:.2f} |")


if __name__ == "__main__":
    main()
