from chainrule.tables.loading import load as load
from chainrule.tables.model import Model as Model
from chainrule.tables.reading import read as read
from chainrule.tables.table import Table as Table
from chainrule.tables.training import fit as fit
