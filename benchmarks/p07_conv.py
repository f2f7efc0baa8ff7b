"""P7: convolutions 32 and 64, dense 128, on 28 × 28, batch 64, Adam."""

from benchmarks.convolutions import recipe_of
from benchmarks.race import faster
from benchmarks.training import race

RECIPE = recipe_of(32, 64, 128, batches=8)
RACE = race(
    "P7", "conv 32-64 (3x3, ReLU, max-pool twice) + 128, 28x28, batch 64, Adam", RECIPE, (faster(3, "PyTorch"),)
)
