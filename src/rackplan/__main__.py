"""`python -m rackplan` is the `rackplan` command."""

from rackplan.cli import main

main()
