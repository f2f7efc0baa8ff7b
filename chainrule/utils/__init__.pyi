from chainrule.utils import data as data
