"""Find or set up Terraform, its provider and Python packages, without installing anything
system-wide."""

import functools
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent.parent
TOOLS = HERE / ".tools"
PROVIDER = pathlib.Path("registry.terraform.io/hashicorp/aws")

# Common plugin folders, in addition to Terraform's own settings.
ROOTS = ["/opt", "/usr/share", "/usr/local", "/usr/lib", "/var/lib", "/srv"]
DEPTH = 4

# Checks run in parallel, and share their tools.
SETTING_UP = threading.Lock()


class Missing(Exception):
    """Something that is not available on this machine."""


def python(name):
    """The Python of a virtual environment with the requirements of that name, rebuilt when they
    change.

    pip installs only packages whose hashes are listed.
    """
    with SETTING_UP:
        return virtual_environment(name, HERE / f"requirements/{name}.txt")


def virtual_environment(name, locked):
    folder = TOOLS / name
    program = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "requirements.sha256"
    digest = hashlib.sha256((sys.version + locked.read_text()).encode()).hexdigest()
    if program.exists() and stamp.exists() and stamp.read_text() == digest:
        return program
    print(f"setting up {folder.relative_to(HERE)}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(program), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(locked)],
    ):
        if subprocess.run(command, check=False).returncode:
            raise Missing(f"the Python packages for {name} cannot be had")
    stamp.write_text(digest)
    return program


@functools.cache
def terraform():
    """Terraform's path and environment."""
    program = shutil.which("terraform")
    if not program:
        raise Missing("terraform is not on the PATH")
    config = TOOLS / "terraform.rc"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(cli_config(mirror()))
    environment = {
        **os.environ,
        "TF_CLI_CONFIG_FILE": str(config),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }
    return program, environment


def own():
    """The user's own setup: the `terraform` of their shell."""
    program, environment = terraform()
    named = os.environ.get("TF_CLI_CONFIG_FILE")
    if named and not os.path.exists(named):
        return program, environment
    return program, dict(os.environ)


def cli_config(mirror):
    if not mirror:
        return "# Use the registry.\n"
    return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'


def mirror():
    """A mirror folder with the provider, or None."""
    candidates = [*configured(), *(folder for root in ROOTS for folder in within(root))]
    return next((one for one in candidates if (one / PROVIDER).is_dir()), None)


def configured():
    """The mirrors in Terraform's settings, and its implied mirrors."""
    files = [os.environ.get("TF_CLI_CONFIG_FILE"), pathlib.Path.home() / ".terraformrc"]
    for file in filter(None, map(lambda one: one and pathlib.Path(one), files)):
        if file.is_file():
            found = re.findall(r'filesystem_mirror\s*{[^}]*path\s*=\s*"([^"]+)"', file.read_text())
            yield from map(pathlib.Path, found)
    yield pathlib.Path.home() / ".terraform.d/plugins"
    yield pathlib.Path.home() / ".local/share/terraform/plugins"


def within(root):
    """Folders near the root, without following links."""
    root = pathlib.Path(root)
    for folder, children, _ in os.walk(root):
        depth = len(pathlib.Path(folder).relative_to(root).parts)
        children[:] = [] if depth >= DEPTH - 1 else sorted(children)
        yield pathlib.Path(folder)


def init(folder, data=None):
    """Run `terraform init`, which shows whether the provider is available."""
    program, environment = terraform()
    if data:
        environment = {**environment, "TF_DATA_DIR": str(data)}
    command = [program, "init", "-backend=false", "-input=false", "-no-color"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        raise Missing(f"terraform's provider hashicorp/aws is not available: {first_error(done.stderr)}")


def outputs(folder, environment):
    """The output `deployment` of the configuration in this folder; None if it is not applied."""
    done = subprocess.run(
        [own()[0], f"-chdir={folder}", "output", "-json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{folder}: {first_error(done.stderr)}")
    found = json.loads(done.stdout)
    if found and "deployment" not in found:
        sys.exit(f"{folder} needs an output `deployment` with the module's output of that name")
    return found["deployment"]["value"] if found else None


def first_error(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith("Error")), lines[0] if lines else "?")
