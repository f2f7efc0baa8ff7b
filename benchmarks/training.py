"""From a recipe to a race: chainrule's `Trainer` against PyTorch and JAX, each in every mode that may be its best."""

from benchmarks import in_jax, ours, pytorch
from benchmarks.race import Goal, Race
from benchmarks.recipe import Recipe


def race(id: str, work: str, recipe: Recipe, goals: tuple[Goal, ...], *, torch_compile: bool = True) -> Race:
    """A race of training steps.

    Args:
        id: its number.
        work: what is done, in one line.
        recipe: what every contestant trains.
        goals: what is to be reached.
        torch_compile: whether PyTorch may compile; not where it takes minutes and changes nothing.
    """
    return Race(
        id=id,
        work=work,
        unit="step",
        contestants=(
            *ours.contestants(recipe), *pytorch.contestants(recipe, compiled=torch_compile),
            *in_jax.contestants(recipe),
        ),
        goals=goals,
        arithmetic=recipe.work() if recipe.multiply_adds else None,
    )
