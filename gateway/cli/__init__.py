"""The command line: one file a group of commands, each a thin layer over the packages.

Commands are verbs of an operator (`init`, `serve`, `replay`, `policy check`, `audit verify`, ...). They
print what was done on standard output and what is wrong on standard error, in plain sentences; exit codes
stand in `failures`. Packages that take long to load are imported inside the command that needs them.
"""

from gateway.cli.entry import main
from gateway.cli.reference import render_reference

__all__ = ["main", "render_reference"]
