"""The model of a table with all that stands around its network: cells in, labels, probabilities or numbers out.

`steps.py` has what is the same in every form, as tensors that are recorded with the network; cells and names, which are
no tensors, are written by `onnx.py`, `numpy.py`, `javascript.py` and `c.py`; `measuring.py` runs what was written.
"""
