"""A process that appends edits until it is killed and says each one that is on disk.

Arguments: folder of the log, author.
"""

from __future__ import annotations

import itertools
import sys

from edit_samples import Person, two_cars

from avlabel.edits import compose
from avlabel.edits.log import EditLog
from avlabel.scenes.store import Store


def main(folder: str, author: str) -> None:
    seen = Person(two_cars()).sees
    with EditLog(Store.at(folder), author, 1, (0.0, 0.0, 0.0)) as log:
        for i in itertools.count():
            (edit,) = log.append(compose.set_box(seen, i % 30, name=f"move {i}"))
            sys.stdout.write(edit.edit_id + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
