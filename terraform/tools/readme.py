"""Generate the tables of inputs and outputs in README.md from the configuration.

    python3 -m tools.readme           # write them
    python3 -m tools.readme --check   # fail if they are not up to date
"""

import argparse
import re
import sys
import textwrap

from .toolchain import HERE

README = HERE / "README.md"
BEGIN, END = "<!-- tables: python3 -m tools.readme -->", "<!-- end of tables -->"
FILES = ["variables.tf", *sorted(one.name for one in HERE.glob("variables-*.tf")), "outputs.tf"]


def blocks(kind):
    for file in FILES:
        text = (HERE / file).read_text()
        yield from re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.M | re.S)


def attribute(body, name):
    """An argument of a block, in the layout of `terraform fmt`."""
    heredoc = re.search(rf"^  {name}\s*= <<-EOT\n(.*?)^  EOT$", body, re.M | re.S)
    if heredoc:
        return textwrap.dedent(heredoc.group(1)).strip()
    found = re.search(rf"^  {name}\s*= (.*(?:\n(?:    .*|  [\])}}].*))*)", body, re.M)
    return found.group(1).strip() if found else None


def description(body):
    text = attribute(body, "description") or ""
    text = re.sub(r'^"|"$', "", text).replace('\\"', '"')
    return text.replace("|", "\\|").replace("\n", "<br>")


def shape(body):
    text = attribute(body, "type")
    members = re.findall(r"^    (\w+)\s*= (.+)$", text, re.M)
    if not members:
        return f"`{text}`"
    return "object:<br>" + "<br>".join(f"`{name}` {plain(kind)}" for name, kind in members)


def plain(kind):
    """`optional(number, 3)` as `number, 3`."""
    optional = re.fullmatch(r"optional\((.*)\)", kind)
    if not optional:
        return f"{kind}, **needed**"
    kind, _, default = optional.group(1).rpartition(", ")
    return f"{kind}, `{default}`" if kind else default


def default(body):
    text = attribute(body, "default")
    return "**needed**" if text is None else "`" + " ".join(text.split()) + "`"


def tables():
    lines = ["### Inputs", "", "| Name | What it is | Type | Default |", "|---|---|---|---|"]
    for name, body in sorted(blocks("variable"), key=lambda one: attribute(one[1], "default") is not None):
        lines.append(f"| `{name}` | {description(body)} | {shape(body)} | {default(body)} |")
    lines += ["", "### Outputs", "", "| Name | What it is |", "|---|---|"]
    lines += [f"| `{name}` | {description(body)} |" for name, body in blocks("output")]
    return "\n".join(lines)


def wanted():
    text = README.read_text()
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{tables()}\n{END}{tail}"


def check():
    if README.read_text() != wanted():
        sys.exit("README.md is not up to date: run `python3 -m tools.readme` in terraform/")


def main():
    arguments = argparse.ArgumentParser(prog="readme")
    arguments.add_argument("--check", action="store_true")
    if arguments.parse_args().check:
        return check()
    README.write_text(wanted())


if __name__ == "__main__":
    main()
