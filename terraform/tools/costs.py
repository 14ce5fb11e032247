"""What a million pictures cost, from measured time and memory.

    python3 -m tools.costs "Obscura=69:1769" "Python and Pillow=553:1769"

Each argument is a name, the milliseconds that Lambda bills for a picture, and the function's memory
in MB; prices.py has the prices.
"""

import sys

from .prices import GIGABYTE_SECOND, REQUEST, STORAGE

MILLION = 1_000_000


def row(argument):
    name, _, measured = argument.rpartition("=")
    milliseconds, memory = (float(one) for one in measured.split(":"))
    compute = MILLION * milliseconds / 1000 * memory / 1024 * GIGABYTE_SECOND
    calls, storage = MILLION * REQUEST, MILLION * STORAGE
    return (name, f"{milliseconds:g} ms", f"{memory:g} MB", compute, calls + storage)


def main():
    print("| | Time | Memory | Lambda, time | requests, Lambda and S3 | Sum |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, time, memory, compute, requests in map(row, sys.argv[1:]):
        print(f"| {name} | {time} | {memory} | ${compute:.2f} | ${requests:.2f} | ${compute + requests:.2f} |")


if __name__ == "__main__":
    main()
