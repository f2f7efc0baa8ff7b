"""A whole step as one kernel: for networks so small that calling kernels would cost more than their work."""

from __future__ import annotations

import re

from chainrule.program.loops.nests import Nest
from chainrule.program.loops.stages import Track
from chainrule.program.loops.text.kernels import body_of_units
from chainrule.program.loops.text.loops import grouped
from chainrule.program.loops.text.writer import Emitted, Writer
from chainrule.program.loops.views import Buffer

LONGEST = 1_500  # statements that a step may have once its loops are written out: they take about a second to compile
FEWEST, MOST = 8, 64  # copies of one statement
_UNROLLED = re.compile(r"for (\w+) in unroll\((\d+)\):")

Line = tuple[int, str, Buffer | None]


def small_kernel(stages: list[list[Track]], users: dict[Buffer, list[Nest]]) -> Emitted:
    """Every track of every stage, one after the other, with all sizes in the text."""
    del users
    writer = Writer(small=True, kept=set())
    for tracks in stages:
        for track in tracks:
            nests = [nest for _, nest in sorted(track.nests, key=lambda item: item[0])]
            body_of_units(grouped(nests, track.units), writer, track.units)
    writer.lines = rolled(writer.lines)
    return writer.finished("step", "the whole step")


def rolled(lines: list[Line]) -> list[Line]:
    """The text with no more loops written out than can be compiled in good time; the outermost stay loops first."""
    most = MOST
    while True:
        total, heads = _kept(lines, most)
        if total <= LONGEST or most <= FEWEST:
            return [
                (indent, _UNROLLED.sub(r"for \1 in range(\2):", text) if place in heads else text, store)
                for place, (indent, text, store) in enumerate(lines)
            ]
        most //= 2


def _kept(lines: list[Line], most: int) -> tuple[int, set[int]]:
    """How many statements there are when none is copied more often than that, and which loops must stay loops."""
    opened: list[tuple[int, int, int]] = []  # (indent, place, turns that are written out)
    heads: set[int] = set()
    total = 0
    for place, (indent, text, _) in enumerate(lines):
        while opened and opened[-1][0] >= indent:
            opened.pop()
        if text.startswith("for "):
            found = _UNROLLED.fullmatch(text)
            opened.append((indent, place, int(found[2]) if found else 1))
            continue
        copies = 1
        for _, head, turns in reversed(opened):
            if head in heads:
                continue
            if copies * turns > most:
                heads.add(head)
            else:
                copies *= turns
        total += copies
    return total, heads
