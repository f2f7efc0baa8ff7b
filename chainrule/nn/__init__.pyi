from chainrule.nn import functional as functional
from chainrule.nn.linear import Linear as Linear
from chainrule.nn.module import Module as Module
from chainrule.nn.parameter import Parameter as Parameter
