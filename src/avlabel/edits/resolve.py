"""Laying every edit onto the newest automatic labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from avlabel.edits.affinity import DEFAULTS, MatchConfig
from avlabel.edits.assemble import Laid, assemble
from avlabel.edits.complaints import complaints, note_complaints, with_nearest
from avlabel.edits.index import AutoIndex
from avlabel.edits.labels import AutoLabels
from avlabel.edits.match import find_claims, spread
from avlabel.edits.model import Edit
from avlabel.edits.notes import Pinned, pin
from avlabel.edits.placing import place
from avlabel.edits.reading import active_edits
from avlabel.edits.replay import Wishes
from avlabel.edits.resolved import Resolved
from avlabel.edits.suppress import suppress
from avlabel.edits.unite import unite
from avlabel.edits.wishes import Note


def resolve(labels: AutoLabels, edits: Sequence[Edit], config: MatchConfig = DEFAULTS) -> Resolved:
    """Lay edits of any authors, made on any commit, onto labels.

    The same labels and edits give the same result, in whatever order the edits are given.

    Args:
        labels: the newest automatic labels.
        edits: all of a scene, undone ones among them.
        config: when boxes of other labels are taken for the same object.
    """
    return Resolver(labels, config)(edits)


class Resolver:
    """``resolve`` for the same labels again and again, as fast as a person edits.

    Objects that the last edits do not concern are not laid anew. Not for several threads.

    Args:
        labels: the automatic labels.
        config: when boxes of other labels are taken for the same object.
    """

    def __init__(self, labels: AutoLabels, config: MatchConfig = DEFAULTS) -> None:
        self.labels, self._config = labels, config
        self._index = AutoIndex(labels)
        self._known: dict[str, Laid] = {}
        self._replayed: list[Edit] = []
        self._wishes = Wishes()

    def __call__(self, edits: Sequence[Edit]) -> Resolved:
        """Resolve; see ``resolve``."""
        ordered = active_edits(sorted(edits, key=lambda edit: edit.order))
        wishes = self._replay(ordered)
        found = find_claims(list(wishes.objects.values()), self._index, self._config)
        objects, finds, one = unite(wishes, found, self._index)
        cut = suppress(objects, finds, spread(objects, finds, self._index), self._index)
        made = assemble(objects, cut.rows, cut.removed, self.labels, self._known)

        def pinned(notes: Iterable[Note]) -> tuple[Pinned, ...]:
            return pin(list(notes), wishes, one, made, self.labels.commit)

        decisions, comments = pinned(wishes.decisions.values()), pinned(wishes.comments)
        attributes = pinned(wishes.attributes.values())
        conflicts = wishes.conflicts + cut.conflicts
        conflicts += complaints(objects, finds, made, self.labels)
        conflicts += note_complaints([*decisions, *comments, *attributes], made, self.labels)
        return Resolved(
            labels=self.labels,
            cuboids=made.cuboids,
            tracks=made.tracks,
            auto_row=made.auto_row,
            keys={track: key for key, track in made.track_of_key.items()},
            conflicts=with_nearest(conflicts, self._index),
            decisions=decisions,
            comments=comments,
            attributes=attributes,
        )

    def _replay(self, edits: Sequence[Edit]) -> Wishes:
        """Fold edits; where they begin with those of the last time, only the rest."""
        n = len(self._replayed)
        before = [edit.edit_id for edit in self._replayed]
        goes_on = n > 0 and [edit.edit_id for edit in edits[:n]] == before
        more = edits[n:] if goes_on else edits
        placed = place(more, self.labels)
        as_made = all(a is b for a, b in zip(more, placed, strict=True))
        if goes_on and not as_made:
            # Where frames are renumbered, one edit may change what others mean.
            more = edits
            placed = place(edits, self.labels)
        if more is edits:
            self._wishes, self._replayed = Wishes(), []
        for edit in placed:
            self._wishes.apply(edit)
        self._replayed += more if as_made else []
        return self._wishes
