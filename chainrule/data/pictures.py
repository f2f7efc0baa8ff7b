"""MNIST and Fashion-MNIST, from IDX files of the user's own or fetched once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chainrule.data.download import Remote, fetch
from chainrule.data.idx import read_idx
from chainrule.data.places import data_folders
from chainrule.data.samples import Samples
from chainrule.errors import ArgumentError, FileError

SIDE = 28
DIGITS = tuple("0123456789")
CLOTHES = (
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
FASHION_MIRRORS = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)
NAMES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
MNIST_FILES = {
    remote.name: remote
    for remote in (
        Remote(
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "sha256",
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        Remote(
            "train-labels-idx1-ubyte.gz",
            28_881,
            "sha256",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        Remote(
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "sha256",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        Remote(
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "sha256",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    )
}
FASHION_FILES = {
    remote.name: remote
    for remote in (
        Remote("train-images-idx3-ubyte.gz", 26_421_880, "md5", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        Remote("train-labels-idx1-ubyte.gz", 29_515, "md5", "25c81989df183df01b3e8a0aad5dffbe"),
        Remote("t10k-images-idx3-ubyte.gz", 4_422_102, "md5", "bef4ecab320f06d8554ea6380940ec79"),
        Remote("t10k-labels-idx1-ubyte.gz", 5_148, "md5", "bb300cfdad3c16e7a12a480ee83cd310"),
    )
}


def mnist(split: str = "train", *, download: bool = True) -> Samples:
    """Handwritten digits of 28 × 28 pixels: 60,000 to learn from, 10,000 to be judged by.

    The four IDX files, gzip or plain, are looked for in `$CHAINRULE_DATA/mnist/` and in the user's cache; what is
    missing is fetched into the cache and its checksum verified.

    Args:
        split: `"train"` or `"test"`.
        download: whether missing files may be fetched.

    Returns:
        X (n, 784) float32 from 0 (background) to 1 in row order, `X.reshape(-1, 1, 28, 28)` for convolutions;
        y (n,) int64. Single precision, because double would take 376 MB.

    Raises:
        FileError: for files that are missing and cannot be fetched, torn or foreign.
        ArgumentError: for another split.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.mnist("test")  # doctest: +SKIP
        >>> X.shape  # doctest: +SKIP
        (10000, 784)

    Source:
        LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998.
    """
    return _load("mnist", "sets.mnist", split, DIGITS, MNIST_FILES, MNIST_MIRRORS, download)


def fashion_mnist(split: str = "train", *, download: bool = True) -> Samples:
    """Pieces of clothing of 28 × 28 pixels, in the files and sizes of MNIST, but harder.

    The four IDX files, gzip or plain, are looked for in `$CHAINRULE_DATA/fashion_mnist/` and in the user's cache;
    what is missing is fetched into the cache and its checksum verified.

    Args:
        split: `"train"` or `"test"`.
        download: whether missing files may be fetched.

    Returns:
        X (n, 784) float32 from 0 (background) to 1 in row order; y (n,) int64.

    Raises:
        FileError: for files that are missing and cannot be fetched, torn or foreign.
        ArgumentError: for another split.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.fashion_mnist("test")  # doctest: +SKIP
        >>> X.shape  # doctest: +SKIP
        (10000, 784)

    Source:
        Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset", 2017.
    """
    return _load("fashion_mnist", "sets.fashion_mnist", split, CLOTHES, FASHION_FILES, FASHION_MIRRORS, download)


def _load(
    name: str,
    about: str,
    split: str,
    target_names: tuple[str, ...],
    remotes: dict[str, Remote],
    mirrors: Sequence[str],
    download: bool,
) -> Samples:
    if split not in NAMES:
        raise ArgumentError("data.split_name", f"{name}, argument split", got=repr(split))
    image_file, label_file = (_found(name, file, remotes, mirrors, download) for file in NAMES[split])
    images, labels = read_idx(image_file), read_idx(label_file)
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE) or images.dtype != np.uint8:
        got = f"{images.shape} {images.dtype}"
        raise FileError("data.idx_content", str(image_file), got=got, expected="(n, 28, 28) uint8")
    if labels.shape != images.shape[:1] or labels.dtype != np.uint8:
        expected = f"{images.shape[:1]} uint8"
        raise FileError("data.idx_content", str(label_file), got=f"{labels.shape} {labels.dtype}", expected=expected)
    if labels.size and labels.max() >= len(target_names):
        raise FileError("data.idx_content", str(label_file), got=int(labels.max()), expected="0 … 9")
    X = images.reshape(len(images), SIDE * SIDE).astype(np.float32)
    X /= 255
    return Samples(
        X,
        labels.astype(np.int64),
        name=name,
        kind="classes",
        feature_names=tuple(f"pixel_{i}_{j}" for i in range(SIDE) for j in range(SIDE)),
        target_names=target_names,
        about=about,
        image_shape=(SIDE, SIDE),
    )


def _found(name: str, file: str, remotes: dict[str, Remote], mirrors: Sequence[str], download: bool) -> Path:
    folders = list(data_folders(name))
    for folder in folders:
        for spelling in (f"{file}.gz", file):
            if (folder / spelling).is_file():
                return folder / spelling
    if not download:
        looked = ", ".join(str(folder) for folder in folders)
        raise FileError("data.not_found", f"{name}, {file}", folders=looked, address=mirrors[0], folder=folders[0])
    return fetch(remotes[f"{file}.gz"], mirrors, folders[-1])
