"""`python -m chainrule`: the command line without the script that an installation makes."""

import sys

from chainrule.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
