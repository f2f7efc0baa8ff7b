"""The colours of every picture, in one place, told apart by colour-blind eyes too.

`CLASSES` begins with the red and the blue of the fourth article; the others were chosen so that any
two of the ten stay apart under protanopia, deuteranopia and tritanopia (a test measures it).
`SERIES` is the set of Okabe and Ito, "Color Universal Design", 2008.
"""

CLASSES = (
    "#fa5252",
    "#4c6ef5",
    "#fab005",
    "#212529",
    "#66d9e8",
    "#862e9c",
    "#868e96",
    "#5c3d2e",
    "#2b8a3e",
    "#12b886",
)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "triangle-down", "cross", "star")
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
LOSS = "#7048e8"
INK = "#343a40"
FAINT = "#868e96"
PAPER = "#e9ecef"

# The article's own two tints come first, so that its figure keeps its colours.
_TINTS = {"#fa5252": "#ffc9c9", "#4c6ef5": "#a5d8ff"}

SEQUENTIAL = ("#f8f9fa", "#a5d8ff", "#339af0", "#1864ab", "#0b2f57")
DIVERGING = ("#0b4f8a", "#74b3e8", "#f8f9fa", "#f2a073", "#a63c06")

HEIGHTS = ("#0b2f57", "#1864ab", "#4dabf7", "#c5e3fa", "#fdfdfd")


def tint(color: str) -> str:
    """The pale form of a class's colour, for the region where the network answers that class."""
    if color in _TINTS:
        return _TINTS[color]
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * 0.45):02x}" for part in parts)


def class_color(index: int) -> str:
    """The colour of class `index`; after ten they begin again, with other symbols."""
    return CLASSES[index % len(CLASSES)]


def class_symbol(index: int) -> str:
    """The symbol of class `index`."""
    return SYMBOLS[index % len(SYMBOLS)]


def series_color(index: int) -> str:
    """The colour of the line number `index`."""
    return SERIES[index % len(SERIES)]
