from chainrule.export._c import c as c
from chainrule.export._javascript import javascript as javascript
from chainrule.export._numpy.exporting import numpy as numpy
from chainrule.export._onnx.exporting import onnx as onnx
from chainrule.export._tables.exporting import table as table
from chainrule.export.exported import Deviation as Deviation
from chainrule.export.exported import Exported as Exported
