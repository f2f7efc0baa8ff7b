"""chainrule in a race of trainings: the `Trainer`, whole epochs in one call."""

from functools import partial
from typing import Any

from benchmarks.race import Contestant, Pace, Ready, counted
from benchmarks.recipe import Recipe, Rows, silent
from chainrule import config

NAME = "chainrule"


def trainer(recipe: Recipe, *, noise: bool = True) -> Any:
    """A fresh Trainer with the weights of seed 0."""
    import chainrule

    chainrule.manual_seed(0)
    model = recipe.model(chainrule)
    rule = getattr(chainrule.optim, recipe.rule)
    return chainrule.Trainer(
        model if noise else silent(model),
        loss=recipe.criterion(chainrule),
        optimizer=rule(recipe.parameters(model), **recipe.options),
        clip_norm=recipe.clip,
        seed=0,
    )


def fit(contestant: Any, data: Rows, recipe: Recipe, epochs: int) -> Any:
    """Train for some epochs, batches in the order of the rows; its History."""
    return contestant.fit(data, epochs=epochs, batch_size=recipe.batch_size, shuffle=False, progress=False)


def prepare(recipe: Recipe, threads: int | None, pace: Pace) -> Ready:
    """A Trainer that trains on from round to round, and another that is asked for its loss."""
    import chainrule

    data = recipe.rows(pace)
    racing = trainer(recipe)
    steps = len(data[0]) // recipe.batch_size

    def epochs(count: int) -> None:
        with chainrule.settings(threads=threads):
            fit(racing, data, recipe, count)

    epochs(1)
    one_round = counted(epochs, pace.seconds, recipe.most)

    def loss() -> float:
        with chainrule.settings(threads=threads):
            return float(fit(trainer(recipe, noise=False), data, recipe, recipe.check)["loss"][-1])

    return Ready(lambda: one_round() / steps, loss)


def contestants(recipe: Recipe) -> tuple[Contestant, ...]:
    """With all threads, and with one."""
    everything = Contestant(NAME, partial(prepare, recipe, None))
    if config.threads() == 1:
        return (everything,)
    return everything, Contestant(f"{NAME}, one thread", partial(prepare, recipe, 1))
