"""What an apply made, and was killed before it could write down: taken into the state.

The next apply finds it there and cannot make it again; Terraform says so, of each thing. Adopting is
`terraform import` of these, after which the apply goes on.
"""

import re

EXISTS = re.compile(
    "BucketAlreadyOwnedByYou|EntityAlreadyExists|ResourceConflictException|ResourceAlreadyExistsException"
)
# "Error: creating S3 Bucket (NAME): …", then "  with ADDRESS,".
NAMED = re.compile(r"\A(?:creating|adding) [\w ]+ \(([^)]+)\)")
ADDRESS = re.compile(r"^\s+with (\S.*),$", re.M)
# The provider names the mapping that is there, and imports it by that name.
MAPPING = re.compile(r"UUID ([0-9a-f-]{36})")


def conflicts(said):
    """Address and identity of each thing that is there already, from what Terraform said."""
    found = []
    for block in re.sub(r"^[│╷╵] ?", "", said, flags=re.M).split("Error: ")[1:]:
        address, name = ADDRESS.search(block), NAMED.search(block)
        if EXISTS.search(block) and address and name:
            mapping = MAPPING.search(block)
            found.append((address.group(1), mapping.group(1) if mapping else name.group(1)))
    return found


def apply(terraform, say=print):
    """Apply; where something is there already, adopt it and apply again. The last run.

    `terraform(*arguments)` runs it and returns what `subprocess.run` does, with the error output as
    text.
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
