"""`cr.odds`: how often a configuration really learns."""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, overload

from chainrule.data.arrays import whole
from chainrule.errors import DtypeError
from chainrule.population.asking import combinations, numbers_of
from chainrule.population.blocks import trained
from chainrule.population.building import Builder
from chainrule.population.display import Shown
from chainrule.population.judging import judged
from chainrule.population.result import Odds
from chainrule.population.success import Success, checked
from chainrule.population.sweep import Sweep
from chainrule.train.trainer import Trainer


@overload
def odds(
    build: Callable[..., Trainer], data: Any, epochs: int, batch_size: int = ..., seeds: int | Sequence[int] = ...,
    success: Success = ..., vary: None = None, progress: bool | None = ...,
) -> Odds: ...
@overload
def odds(
    build: Callable[..., Trainer], data: Any, epochs: int, batch_size: int = ..., seeds: int | Sequence[int] = ...,
    success: Success = ..., *, vary: Mapping[str, Sequence[Any]], progress: bool | None = ...,
) -> Sweep: ...
def odds(
    build: Callable[..., Trainer], data: Any, epochs: int, batch_size: int = 32, seeds: int | Sequence[int] = 1_000,
    success: Success = None, vary: Mapping[str, Sequence[Any]] | None = None, progress: bool | None = None,
) -> Odds | Sweep:
    """Train a configuration with many seeds: how often it succeeds, and where its failures stop.

    Seed s is trained exactly as by hand: `cr.manual_seed(s)`, `trainer = build()`, `trainer.seed = s`,
    `trainer.fit(data, epochs=epochs, batch_size=batch_size)`. Initial weights, order of the rows and noise are those of
    that Trainer, to the byte; `odds.retrain(17)` gives seed 17 again. Ctrl-C ends it, and keeps the seeds that are
    done.

    Args:
        build: gives a fresh Trainer, without a seed of its own. An argument called `seed`, or the only one that has no
            default, gets the seed.
        data: as in `Trainer.fit`, readable many times; a loader's order is its own, the same for every seed.
        epochs: of every training, at least 1.
        batch_size: rows a batch, at least 1; default 32.
        seeds: how many, 0 … seeds - 1, or which; default 1,000.
        success: what counts as success: a function of the trained Trainer that gives True or False, or the largest loss
            that does. Default: every training row right where these are at most 32 rows of classes that do not
            contradict each other; otherwise a loss within 10 % of the way from the best constant to the floor, or to
            the best of the seeds where no floor is known.
        vary: names to values: the odds of each combination. A name is an argument of `build`, or a setting of the
            optimizer's parameter groups such as `"lr"`.
        progress: as in `Trainer.fit`.

    Returns:
        Odds: `rate` with its `interval`, `losses`, `ends`, `curves`; with `vary` a Sweep, one Odds a combination.

    Raises:
        ArgumentError: for numbers out of range, no or repeated seeds, a `vary` or a `success` that cannot be used.
        DtypeError: when `build` gives no Trainer, or `data` can be read only once.
        StateError: when Trainers share something, were trained before, or come out equal for different seeds.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> def build(hidden=2):
        ...     model = nn.MLP([2, hidden, 1], activation="tanh", init="lecun_normal")
        ...     return cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=0.1))
        >>> odds = cr.odds(build, cr.data.xor(), epochs=200, batch_size=4, seeds=20)
        >>> odds.rate, len(odds.losses), odds.ends[0].meaning
        (0.7, 20, 'two of four rows answered 0.5')
    """
    begun = perf_counter()
    numbers = numbers_of(seeds)
    count = whole(epochs, "odds, argument epochs", least=1)
    size = whole(batch_size, "odds, argument batch_size", least=1)
    asked = checked(success)
    if hasattr(data, "__next__"):
        raise DtypeError("population.once", "odds, argument data", got=type(data).__name__)
    settings: list[dict[str, Any]] = [{}] if vary is None else combinations(vary)
    builders = [Builder(build, chosen) for chosen in settings]
    shown = Shown(len(numbers) * len(builders), count, progress)
    found: list[Odds] = []
    whole_run = False
    try:
        for builder in builders:
            made = trained(builder, data, count, size, numbers, asked, shown.part())
            if len(made.curves.ends):
                found.append(judged(made, builder, data, count, size, numbers, asked, perf_counter() - begun))
            if made.curves.interrupted:
                break
            begun = perf_counter()
        else:
            whole_run = True
    finally:
        shown.finish(interrupted=not whole_run)
    if not found:
        raise KeyboardInterrupt
    return found[0] if vary is None else Sweep(tuple(settings[: len(found)]), tuple(found), not whole_run)
