from chainrule.nn.functional._linear import linear as linear
from chainrule.nn.functional._rectifiers import relu as relu
