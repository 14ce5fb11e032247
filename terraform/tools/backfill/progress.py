"""How far a backfill got, in a file: whoever is stopped goes on from there."""

import json
import pathlib


class Progress:
    """`mark` stands for the last key of the chunks that are done; see keys.py."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        kept = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.mark, self.done = kept.get("mark"), kept.get("done", 0)
        self.failed = kept.get("failed", {})
        # The chunk that is under way, if a job has it.
        self.running = kept.get("running")

    def begin(self, running):
        """Keep what is under way, before it is."""
        self.running = running
        self.write()

    def end(self, mark, done, failed):
        """The chunk is done, with these keys that could not be rendered."""
        self.mark, self.done, self.running = mark, self.done + done, None
        self.failed.update(failed)
        self.write()

    def forget(self):
        """The job did not come to its end: its chunk is still to do."""
        self.running = None
        self.write()

    def write(self):
        names = ("mark", "done", "failed", "running")
        text = json.dumps({name: getattr(self, name) for name in names}, indent=1)
        beside = self.path.with_suffix(".part")
        beside.write_text(text)
        beside.replace(self.path)
