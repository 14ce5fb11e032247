"""Packages are reproducible, and need nothing newer than Lambda has."""

import io
import json
import os
import pathlib
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib

import pytest
from tools import build, package


def test_the_same_bytes_whenever_and_wherever(tmp_path):
    binary = tmp_path / "bootstrap"
    binary.write_bytes(b"x" * 100_000)
    first = package.archive(binary.read_bytes())
    os.utime(binary, (0, 0))
    binary.chmod(0o600)
    assert package.archive(binary.read_bytes()) == first
    [entry] = zipfile.ZipFile(io.BytesIO(first)).infolist()
    assert entry.filename == "bootstrap" and entry.external_attr >> 16 == 0o100755
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)


def test_a_bundle_is_one_folder_with_modes_and_the_same_bytes(tmp_path):
    program, text = tmp_path / "obscura", tmp_path / "LICENSE"
    for file, mode in ((program, 0o700), (text, 0o600)):
        file.write_text(file.name)
        file.chmod(mode)
    bundles = []
    for name in ("a", "b"):
        bundles.append(tmp_path / name / "obscura-linux-x86_64.tar.gz")
        package.bundle([program, text], bundles[-1])
        os.utime(program, (0, 0))
    assert bundles[0].read_bytes() == bundles[1].read_bytes()
    with tarfile.open(bundles[0]) as archive:
        found = {entry.name: entry.mode for entry in archive}
    assert found == {"obscura-linux-x86_64/obscura": 0o755, "obscura-linux-x86_64/LICENSE": 0o644}


def test_versions_are_read_from_this_python():
    needs = package.needs(pathlib.Path(sys.executable).resolve().read_bytes())
    assert "libc.so.6" in needs.libraries
    assert all(len(version) >= 2 for version in needs.glibc)


@pytest.mark.parametrize(
    "needs, problem",
    [
        (package.Needs("x86_64", ["libc.so.6"], [(2, 34)]), None),
        (package.Needs("x86_64", ["libc.so.6"], [(2, 17), (2, 35)]), "glibc 2.35"),
        (package.Needs("arm64", ["libc.so.6"], []), "arm64"),
        (package.Needs("x86_64", ["libssl.so.3"], []), "libssl.so.3"),
    ],
)
def test_what_amazon_linux_2023_lacks_is_refused(needs, problem):
    found = package.problem(needs, "x86_64")
    assert found is None if problem is None else problem in found


def test_what_is_no_program_is_refused():
    for bytes_ in (b"", b"#!/bin/sh\n", b"\x7fELF" + bytes(8), struct.pack("<4sB", b"\x7fELF", 1)):
        with pytest.raises(package.NotAProgram):
            package.needs(bytes_)


def test_a_component_brings_its_list_of_crates(tmp_path):
    """A project whose dependencies cargo can list."""
    component = tmp_path / "resize.wasm"
    component.write_bytes(b"\0asm\x0d\0\1\0" + b"\0\x05\x04note")
    first = None
    for _ in range(2):
        subprocess.run([build.ROOT / ".ci/sbom", "embed", component, "--package", "resize"], check=True)
        first = first or component.read_bytes()
        assert component.read_bytes() == first
    assert first.count(b".dep-v0") == 1 and b"note" in first
    packed = first[first.index(b".dep-v0") + len(".dep-v0") :]
    packages = json.loads(zlib.decompress(packed))["packages"]
    [root] = [one for one in packages if one.get("root")]
    assert root["name"] == "resize" and len(root["dependencies"]) == len(packages) - 1
    assert "png" in {one["name"] for one in packages}
