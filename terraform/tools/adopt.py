"""Imports resources that a killed apply created but did not record in the state.

The next apply cannot create them again, and Terraform reports each of them. This runs `terraform
import` for these, after which the apply continues.
"""

import re

EXISTS = re.compile(
    "BucketAlreadyOwnedByYou|EntityAlreadyExists|ResourceConflictException|ResourceAlreadyExistsException"
)
# "Error: creating S3 Bucket (NAME): …", then "  with ADDRESS,".
NAMED = re.compile(r"\A(?:creating|adding) [\w ]+ \(([^)]+)\)")
ADDRESS = re.compile(r"^\s+with (\S.*),$", re.M)
# The provider reports the existing mapping's id, which `import` accepts.
MAPPING = re.compile(r"UUID ([0-9a-f-]{36})")


def conflicts(said):
    """Address and id of each existing resource, from Terraform's output."""
    found = []
    for block in re.sub(r"^[│╷╵] ?", "", said, flags=re.M).split("Error: ")[1:]:
        address, name = ADDRESS.search(block), NAMED.search(block)
        if EXISTS.search(block) and address and name:
            mapping = MAPPING.search(block)
            found.append((address.group(1), mapping.group(1) if mapping else name.group(1)))
    return found


def apply(terraform, say=print):
    """Apply; if resources exist already, import them and apply again. Returns the last run.

    `terraform(*arguments)` runs it and returns the result of `subprocess.run`, with the error
    output as text.
    """
    adopted = set()
    while True:
        done = terraform("apply")
        new = [one for one in conflicts(done.stderr) if one not in adopted]
        if done.returncode == 0 or not new:
            return done
        for address, identity in new:
            say(f"{address} is there already, from an apply that was interrupted: it is adopted")
            adopted.add((address, identity))
            if (imported := terraform("import", address, identity)).returncode:
                return imported
