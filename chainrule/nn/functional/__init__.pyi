from chainrule.nn.functional._linear import linear as linear
from chainrule.nn.functional._rectifiers import relu as relu
from chainrule.nn.functional._softmax import log_softmax as log_softmax
from chainrule.nn.functional._softmax import softmax as softmax
