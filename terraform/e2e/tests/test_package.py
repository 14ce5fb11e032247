"""Packages: the same bytes each time, and nothing newer than what Lambda has."""

import io
import os
import pathlib
import struct
import sys
import zipfile

import pytest
from tools import package


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
