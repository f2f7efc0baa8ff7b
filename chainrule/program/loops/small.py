"""A whole step as one kernel: for networks so small that calling kernels would cost more than their work."""

from __future__ import annotations

from chainrule.program.loops.emit import Emitted, Writer, body_of_units, grouped
from chainrule.program.loops.nests import Nest
from chainrule.program.loops.stages import Track
from chainrule.program.loops.views import Buffer


def small_kernel(stages: list[list[Track]], users: dict[Buffer, list[Nest]]) -> Emitted:
    """Every track of every stage, one after the other, with all sizes in the text."""
    del users
    writer = Writer(small=True, kept=set())
    for tracks in stages:
        for track in tracks:
            nests = [nest for _, nest in sorted(track.nests, key=lambda item: item[0])]
            body_of_units(grouped(nests, track.units), writer, track.units)
    return writer.finished("step", "the whole step")
