from chainrule.cli.entry import main as main
