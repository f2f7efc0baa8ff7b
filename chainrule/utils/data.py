"""PyTorch's names for data sets and loaders; nothing lives here, the work is done in `data`."""

from chainrule.data.collate import default_collate
from chainrule.data.datasets import ConcatDataset, Dataset, Subset, TensorDataset, random_split
from chainrule.data.loader import DataLoader
from chainrule.data.samplers import (
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

__all__ = [
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "default_collate",
    "random_split",
]
