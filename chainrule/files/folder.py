"""A folder of checkpoints: the newest that is whole, writing one more, removing those that are too old."""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from chainrule.errors import ChainruleWarning, FileError, warn
from chainrule.files.container import encoded, opened
from chainrule.files.disk import Current, failed
from chainrule.files.storing import store

Array = NDArray[Any]
NAME = re.compile(r"checkpoint-(\d{9,18})\.safetensors")
ORPHAN = re.compile(r"(checkpoint-\d{9,18}|best)\.safetensors\.part")
BEST = "best.safetensors"


class Folder:
    """A folder of checkpoints of one run.

    Args:
        path: of the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def steps(self) -> list[int]:
        """The steps after which there are checkpoints, the newest first."""
        found = (NAME.fullmatch(name) for name in self._names())
        return sorted((int(match[1]) for match in found if match), reverse=True)

    def file(self, step: int) -> Path:
        """The checkpoint after so many steps."""
        return self.path / f"checkpoint-{step:09}.safetensors"

    def prepare(self) -> None:
        """Make the folder, and remove what a killed process left half written.

        Raises:
            FileError: it cannot be made.
        """
        try:
            Current.disk.make(self.path)
        except OSError as error:
            raise failed("folder", self.path, error) from error
        for name in self._names():
            if ORPHAN.fullmatch(name):
                with suppress(OSError):
                    Current.disk.remove(self.path / name)

    def write(self, name: str, arrays: Mapping[str, Array], notes: Mapping[str, Any]) -> None:
        """Write a file of the folder, durably.

        Raises:
            FileError: the disk is full or broken, or the folder gone.
        """
        store(self.path / name, encoded(arrays, notes))

    def prune(self, step: int, keep: int) -> None:
        """Remove all but the last `keep` of the checkpoints up to `step`; what cannot be removed stays."""
        for old in [found for found in self.steps() if found <= step][keep:]:
            with suppress(OSError):
                Current.disk.remove(self.file(old))

    def newest(self) -> Path | None:
        """The newest checkpoint of which every byte is as it was written; None where there is none at all.

        One that is not whole is passed over aloud.

        Raises:
            FileError: there are some, and none of them is whole.
        """
        steps = self.steps()
        wrong: list[FileError] = []
        for step in steps:
            try:
                verify(self.file(step), step)
            except FileError as error:
                wrong.append(error)
                continue
            for fault in wrong:
                reason = fault.part("got")
                warn(ChainruleWarning("files.older_used", fault.where, reason=reason, used=self.file(step).name))
            return self.file(step)
        if wrong:
            raise FileError("files.none_good", str(self.path), count=len(steps), reason=wrong[0].part("got"))
        return None

    def _names(self) -> list[str]:
        try:
            return Current.disk.names(self.path)
        except OSError as error:
            raise failed("folder", self.path, error) from error




def verify(path: Path, step: int | None = None) -> None:
    """Read all of a file of ours, and compare it with its digests; and with the `step` that its name promises.

    Raises:
        FileError: missing, torn, rotten, foreign, or renamed.
    """
    with opened(path) as file:
        if file.notes is None:
            raise FileError("files.only_weights", str(path))
        for name in file.entries:
            file.read(name)
        state = file.notes.get("state") if isinstance(file.notes, dict) else None
        found = state.get("step") if isinstance(state, dict) else None
        if step is not None and step != found:
            raise FileError("files.renamed", str(path), got=found)
