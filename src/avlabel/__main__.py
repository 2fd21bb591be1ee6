"""``python -m avlabel`` is ``avlabel``."""

from avlabel.cli.main import main

main()
