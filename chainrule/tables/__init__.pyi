from chainrule.tables.fit import fit as fit
from chainrule.tables.model import Model as Model
from chainrule.tables.reading import read as read
from chainrule.tables.storing import load as load
from chainrule.tables.table import Table as Table
