"""Which nests run together: tracks of nests that share their outermost loop, in stages with a barrier between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chainrule.program.loops.nests import Footprint, Map, Nest, common_units
from chainrule.program.loops.views import Buffer

FEWEST_UNITS = 8  # below, two nests of different sizes are not worth running together

TINY = 2.0  # µs: less work than this is not worth being run in pieces


@dataclass(eq=False)
class Track:
    """Nests that run one after the other, a piece of their rows at a time.

    Args:
        units: how many rows there are; every nest falls into as many equal pieces.
        nests: (place in the program, nest).
        reach: what a unit touches of each buffer that is written here: (stride, low, high).
    """

    units: int
    nests: list[tuple[int, Nest]] = field(default_factory=list)
    seen: dict[Buffer, list[Footprint]] = field(default_factory=dict)

    @property
    def cost(self) -> float:
        """µs on one core, roughly."""
        return sum(nest.cost for _, nest in self.nests)


def staged(nests: Sequence[Nest]) -> list[list[Track]]:
    """The nests in stages: what a stage reads was written in stages before it, or in the same rows of the same track.

    A plain statement waits until somebody needs it, and then goes where that one goes.
    """
    return _Staging().run(nests)


@dataclass(eq=False)
class _Staging:
    stages: list[list[Track]] = field(default_factory=list)
    users: dict[Buffer, list[tuple[int, Track, bool]]] = field(default_factory=dict)  # (stage, track, it writes)
    waiting: dict[int, Nest] = field(default_factory=dict)  # by place in the program

    def run(self, nests: Sequence[Nest]) -> list[list[Track]]:
        """Place every nest."""
        for place, nest in enumerate(nests):
            if isinstance(nest, Map) and nest.dims and nest.out.buffer.kind == "temporary":
                self.waiting[place] = nest
                continue
            self._place(self._with_waiting(place, nest))
        while self.waiting:
            place = min(self.waiting)
            self._place(self._with_waiting(place, self.waiting.pop(place)))
        return self.stages

    def _with_waiting(self, place: int, nest: Nest) -> list[tuple[int, Nest]]:
        """A nest and all before it that it needs, or that must be done before it."""
        bundle = {place: nest}
        reads, writes = _touched([nest])
        for earlier in sorted((p for p in self.waiting if p < place), reverse=True):
            other_reads, other_writes = _touched([self.waiting[earlier]])
            if other_writes & (reads | writes) or other_reads & writes:
                bundle[earlier] = self.waiting.pop(earlier)
                reads |= other_reads
                writes |= other_writes
        return sorted(bundle.items())

    def _place(self, bundle: list[tuple[int, Nest]]) -> None:
        if self._try(bundle) is not None:
            return
        # What does not fall into the rows of the last nest is done before, by itself.
        apart, together = _sorted_out(bundle)
        self._place_each(apart)
        if not apart or self._try(together) is None:
            self._place_each(together)

    def _place_each(self, nests: list[tuple[int, Nest]]) -> None:
        for item in nests:
            placed = self._try([item])
            assert placed is not None  # every nest is one piece

    def _try(self, bundle: list[tuple[int, Nest]]) -> Track | None:
        reads, writes = _touched([nest for _, nest in bundle])
        before: dict[int, list[Track]] = {}
        for buffer in reads | writes:
            for stage, track, wrote in self.users.get(buffer, ()):
                if wrote or buffer in writes:
                    known = before.setdefault(stage, [])
                    if track not in known:
                        known.append(track)
        stage = max(before, default=0)
        joint = _joint(before[stage], bundle) if before else None
        if joint is not None:
            self._replace(stage, before[stage], joint)
            track = joint
        else:
            stage = stage + 1 if before else 0
            here = self.stages[stage] if stage < len(self.stages) else []
            found = _fitting(here, bundle) or _alone(bundle)
            if found is None:
                return None
            track = found
            if stage == len(self.stages):
                self.stages.append([])
            if track not in self.stages[stage]:
                self.stages[stage].append(track)
        for buffer in reads | writes:
            mine = self.users.setdefault(buffer, [])
            item = (stage, track, buffer in writes)
            if item not in mine:
                mine.append(item)
        return track

    def _replace(self, stage: int, old: list[Track], new: Track) -> None:
        """One track where there were several."""
        if old == [new]:
            return
        self.stages[stage] = [track for track in self.stages[stage] if track not in old] + [new]
        for buffer in {buffer for track in (*old, new) for buffer in track.seen}:
            found = self.users.get(buffer, [])
            found[:] = [(at, new if track in old else track, wrote) for at, track, wrote in found]


def _sorted_out(bundle: list[tuple[int, Nest]]) -> tuple[list[tuple[int, Nest]], list[tuple[int, Nest]]]:
    """Those that cannot go piece by piece with the last one, and the others; none where the first need the others."""
    units = bundle[-1][1].units
    apart: list[tuple[int, Nest]] = []
    together: list[tuple[int, Nest]] = []
    track = Track(units)
    for item in bundle:
        reads, _ = _touched([item[1]])
        _, written = _touched([nest for _, nest in apart])
        fits = item is bundle[-1] or (item[1].units % units == 0 and not reads & written)
        if fits and item is not bundle[-1] and not _extended(track, [item]):
            fits = False
        (together if fits else apart).append(item)
    return ([], bundle) if any(_bound(one, two) for one in together for two in apart) else (apart, together)


def _bound(one: tuple[int, Nest], two: tuple[int, Nest]) -> bool:
    """Whether the first stands before the second in the program, and must run before it."""
    reads, writes = _touched([one[1]])
    other_reads, other_writes = _touched([two[1]])
    return one[0] < two[0] and bool(writes & (other_reads | other_writes) or reads & other_writes)


def _touched(nests: Sequence[Nest]) -> tuple[set[Buffer], set[Buffer]]:
    """The buffers that nests read, and those that they write."""
    reads: set[Buffer] = set()
    writes: set[Buffer] = set()
    for nest in nests:
        for part in nest.footprints(1) or ():
            (writes if part.writes else reads).add(part.buffer)
    return reads, writes


def _alone(bundle: list[tuple[int, Nest]]) -> Track | None:
    """A track of its own, in as many pieces as the last nest has."""
    last = bundle[-1][1]
    tried = [last.units, *(common_units(last.units, nest.units) for _, nest in bundle)]
    for units in dict.fromkeys(tried):
        whole = units > 1 or all(nest.units == 1 for _, nest in bundle) or sum(nest.cost for _, nest in bundle) <= TINY
        if whole and (made := track_of(units, bundle)) is not None:
            return made
    return track_of(1, bundle) if len(bundle) == 1 else None


def _joint(tracks: list[Track], bundle: list[tuple[int, Nest]]) -> Track | None:
    """The tracks of one stage and nests that follow them as one track; None where they look across their rows."""
    own = tracks[0].units
    if len(tracks) == 1 and own > 1 and _extended(tracks[0], bundle):
        return tracks[0]
    together = sorted([*(item for track in tracks for item in track.nests), *bundle], key=lambda item: item[0])
    tried = [own]
    last = bundle[-1][1].units
    for n in (*(track.units for track in tracks), last):
        tried += [n, common_units(own, n)]
    for units in dict.fromkeys(tried):
        if units == 1:
            whole = all(item.units == 1 for _, item in together)
            if not whole and sum(item.cost for _, item in together) > TINY:
                continue
        if units == 1 or units >= min(FEWEST_UNITS, own, last):
            made = track_of(units, together)
            if made is not None:
                return made
    return None


def _fitting(tracks: list[Track], bundle: list[tuple[int, Nest]]) -> Track | None:
    """A track of the stage with as many rows, which the nests can simply join."""
    last = bundle[-1][1]
    for track in tracks:
        worth = track.units > 1 or track.cost + sum(nest.cost for _, nest in bundle) <= TINY
        if track.units == last.units and worth and _extended(track, bundle):
            return track
    return None


def _extended(track: Track, bundle: Sequence[tuple[int, Nest]]) -> bool:
    """Append nests to a track, if they fall into its rows."""
    added = []
    seen = {buffer: list(parts) for buffer, parts in track.seen.items()} if len(bundle) > 1 else track.seen
    for _, nest in bundle:
        parts = nest.footprints(track.units)
        if parts is None or not _apart(parts, track.units) or not _local(seen, parts, track.units):
            return False
        added.append(parts)
        if len(bundle) > 1:
            for part in parts:
                seen.setdefault(part.buffer, []).append(part)
    track.nests += bundle
    track.nests.sort(key=lambda item: item[0])
    for parts in added:
        for part in parts:
            track.seen.setdefault(part.buffer, []).append(part)
    return True


def track_of(units: int, nests: list[tuple[int, Nest]]) -> Track | None:
    """One track of so many units for all these nests; None where they do not fall into them."""
    track = Track(units)
    return track if all(_extended(track, [item]) for item in nests) else None


def _apart(parts: Sequence[Footprint], units: int) -> bool:
    """Whether no two units write to one place."""
    return units == 1 or all(not p.writes or abs(p.stride) > p.high - p.low for p in parts)


def _local(seen: dict[Buffer, list[Footprint]], parts: Sequence[Footprint], units: int) -> bool:
    """Whether a unit reads and writes only what the same unit has written, of all that is written here."""
    if units == 1:
        return True
    own: dict[Buffer, list[Footprint]] = {}
    for part in parts:
        own.setdefault(part.buffer, []).append(part)
    for buffer, mine in own.items():
        together = [*seen.get(buffer, ()), *mine]
        if not any(part.writes for part in together):
            continue
        stride = together[0].stride
        low, high = min(part.low for part in together), max(part.high for part in together)
        if stride <= 0 or any(part.stride != stride for part in together) or high - low >= stride:
            return False
    return True
