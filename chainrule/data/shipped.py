"""The real data sets shipped inside: iris, breast cancer, wine, digits, diabetes."""

from functools import cache
from importlib.resources import as_file, files

import numpy as np

from chainrule.data.arrays import Kind
from chainrule.data.delimited.table import read_csv
from chainrule.data.samples import Samples


def iris() -> Samples:
    """Three kinds of iris by the length and width of sepal and petal.

    Returns:
        X (150, 4) float64 in centimetres, y (150,) int64.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.iris()
        Samples(iris: X (150, 4) float64, y (150,) int64, classes, 3 classes)

    Source:
        Fisher, "The use of multiple measurements in taxonomic problems", 1936.
    """
    return _shipped("iris", "sets.iris", "classes", ("setosa", "versicolor", "virginica"))


def breast_cancer() -> Samples:
    """Malignant (0) and benign (1) tumours by thirty measures of their cell nuclei.

    Returns:
        X (569, 30) float64 in columns of very different sizes, y (569, 1) float64 of 0 and 1.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.breast_cancer().target_names
        ('malignant', 'benign')

    Source:
        Wolberg, Mangasarian and Street, Breast Cancer Wisconsin (Diagnostic), 1995.
    """
    return _shipped("breast_cancer", "sets.breast_cancer", "classes", ("malignant", "benign"))


def wine() -> Samples:
    """Wines of three growers by thirteen chemical measures.

    Returns:
        X (178, 13) float64, y (178,) int64.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.wine().X.shape
        (178, 13)

    Source:
        Aeberhard and Forina, Wine, 1992.
    """
    return _shipped("wine", "sets.wine", "classes", ("class_0", "class_1", "class_2"))


def digits() -> Samples:
    """Handwritten digits as pictures of 8 × 8 pixels.

    Returns:
        X (1797, 64) float64, grey levels from 0 to 16 in row order; y (1797,) int64.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.digits()
        >>> X.reshape(-1, 8, 8).shape
        (1797, 8, 8)

    Source:
        Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, 1998.
    """
    return _shipped("digits", "sets.digits", "classes", tuple("0123456789"), image_shape=(8, 8))


def diabetes(scaled: bool = True) -> Samples:
    """The progression of diabetes after one year, from ten measures of each patient.

    Args:
        scaled: centre each column and give it a sum of squares of 1, as scikit-learn does; otherwise the raw measures.

    Returns:
        X (442, 10) float64, y (442, 1) float64 from 25 to 346.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.diabetes(scaled=False).X[0, :3].round(1).tolist()
        [59.0, 2.0, 32.1]

    Source:
        Efron, Hastie, Johnstone and Tibshirani, "Least angle regression", 2004.
    """
    raw = _shipped("diabetes", "sets.diabetes", "numbers", ("progression",))
    if scaled:
        np.subtract(raw.X, raw.X.mean(axis=0), out=raw.X)
        np.divide(raw.X, np.sqrt((raw.X**2).sum(axis=0)), out=raw.X)
    return raw


def _shipped(
    name: str, about: str, kind: Kind, target_names: tuple[str, ...], image_shape: tuple[int, int] | None = None
) -> Samples:
    read = _read(name, kind)
    return Samples(
        read.X.copy(),
        read.y.copy(),
        name=name,
        kind=kind,
        feature_names=read.feature_names,
        target_names=target_names,
        about=about,
        image_shape=image_shape,
    )


@cache
def _read(name: str, kind: Kind) -> Samples:
    with as_file(files("chainrule").joinpath("data", "files", f"{name}.csv.gz")) as path:
        return read_csv(path, kind=kind)
