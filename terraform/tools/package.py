"""A Lambda package from a built `bootstrap`: the same binary gives the same bytes.

    python3 -m tools.package BINARY --architecture x86_64 --output dist/transform-x86_64.zip

A program that Amazon Linux 2023 cannot start is refused: the wrong processor, a newer glibc than
2.34, a library that is not there.
"""

import argparse
import gzip
import hashlib
import io
import os
import pathlib
import re
import struct
import sys
import tarfile
import zipfile
from dataclasses import dataclass

GLIBC = (2, 34)
MACHINES = {62: "x86_64", 183: "arm64"}
LIBRARIES = re.compile(r"(lib(c|m|dl|rt|pthread|gcc_s)|ld-linux-(x86-64|aarch64))\.so\.\d")

DYNAMIC, VERSION_NEEDS = 6, 0x6FFFFFFE
NEEDED = 1


class NotAProgram(Exception):
    """The file is not a 64-bit little-endian ELF file."""


@dataclass
class Needs:
    """What a program needs of the machine that starts it."""

    machine: str
    libraries: list
    glibc: list


def needs(data):
    """Read it from the ELF file: its dynamic section and its versions of symbols."""
    try:
        return parse(data)
    except (struct.error, IndexError, ValueError) as error:
        raise NotAProgram(str(error)) from error


def parse(data):
    if data[:6] != b"\x7fELF\x02\x01":
        raise NotAProgram("not a 64-bit little-endian ELF file")
    machine = struct.unpack_from("<H", data, 18)[0]
    table, entry, count = (
        struct.unpack_from(form, data, at)[0] for form, at in (("<Q", 40), ("<H", 58), ("<H", 60))
    )
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, table + entry * n) for n in range(count)]
    libraries, glibc = [], set()
    for _, kind, _, _, offset, size, link, info, _, _ in sections:
        if kind == DYNAMIC:
            strings = sections[link][4]
            for at in range(offset, offset + size, 16):
                tag, value = struct.unpack_from("<qQ", data, at)
                if tag == NEEDED:
                    libraries.append(text(data, strings + value))
        if kind == VERSION_NEEDS:
            glibc |= versions(data, offset, info, sections[link][4])
    return Needs(MACHINES.get(machine, f"machine {machine}"), libraries, sorted(glibc))


def versions(data, offset, count, strings):
    found = set()
    for _ in range(count):
        _, entries, _, first, following = struct.unpack_from("<HHIII", data, offset)
        at = offset + first
        for _ in range(entries):
            _, _, _, name, step = struct.unpack_from("<IHHII", data, at)
            match = re.fullmatch(r"GLIBC_(\d+(?:\.\d+)+)", text(data, strings + name))
            if match:
                found.add(tuple(map(int, match.group(1).split("."))))
            at += step
        offset += following
    return found


def text(data, at):
    return data[at : data.index(0, at)].decode()


def problem(found, architecture):
    """Why Lambda could not start it, or None."""
    if found.machine != architecture:
        return f"it was built for {found.machine}, not for {architecture}"
    newest = max(found.glibc, default=(0,))
    if newest > GLIBC:
        return f"it needs glibc {'.'.join(map(str, newest))}; Amazon Linux 2023 has 2.34"
    strange = [one for one in found.libraries if not LIBRARIES.fullmatch(one)]
    return f"it needs {', '.join(strange)}, which Amazon Linux 2023 lacks" if strange else None


def archive(program, quick=False):
    """The zip: one entry, with a fixed time and mode; `quick` where its size does not matter."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1 if quick else 9) as package:
        entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3
        entry.external_attr = 0o100755 << 16
        package.writestr(entry, program)
    return file.getvalue()


def check(binary, architecture):
    """What a built program needs; ends with the reason if Lambda could not start it."""
    try:
        found = needs(binary.read_bytes())
    except NotAProgram as error:
        sys.exit(f"{binary}: {error}")
    if wrong := problem(found, architecture):
        sys.exit(f"{binary}: {wrong}")
    return found


def bundle(files, output):
    """These files in one archive, in a folder of its name: the same files give the same bytes."""
    folder = output.name.removesuffix(".tar.gz")
    output.parent.mkdir(parents=True, exist_ok=True)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for file in files:
            entry = tarfile.TarInfo(f"{folder}/{file.name}")
            entry.size, entry.mode = file.stat().st_size, 0o755 if os.access(file, os.X_OK) else 0o644
            with open(file, "rb") as data:
                archive.addfile(entry, data)
    output.write_bytes(gzip.compress(tar.getvalue(), mtime=0))
    describe(output)


def write(binary, architecture, output):
    """Package a built program, or end with the reason why Lambda could not start it."""
    program = binary.read_bytes()
    found = check(binary, architecture)
    package = archive(program)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(package)
    newest = ".".join(map(str, max(found.glibc, default=(0,))))
    print(
        f"{output}: {len(package) / 1e6:.2f} MB ({len(program) / 1e6:.2f} MB unpacked), "
        f"{found.machine}, glibc {newest}, sha256 {hashlib.sha256(package).hexdigest()}"
    )


def describe(file):
    data = file.read_bytes()
    print(f"{file}: {len(data) / 1e6:.2f} MB, sha256 {hashlib.sha256(data).hexdigest()}")


def main():
    arguments = argparse.ArgumentParser(prog="package", description=__doc__)
    arguments.add_argument("binary", type=pathlib.Path)
    arguments.add_argument("--architecture", choices=sorted(MACHINES.values()), default="x86_64")
    arguments.add_argument("--output", type=pathlib.Path, required=True)
    given = arguments.parse_args()
    write(given.binary, given.architecture, given.output)


if __name__ == "__main__":
    main()
