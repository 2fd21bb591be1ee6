"""Going through what needs eyes."""

from __future__ import annotations

from collections.abc import Callable

from avlabel.core.cuboids import NO_TRACK
from avlabel.core.findings import NOWHERE, Finding
from avlabel.edits.model import Draft
from avlabel.edits.resolved import Resolved
from avlabel.scenes.scene import Scene
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.grounds import Grounds
from avlabel_viewer.session.items import Item
from avlabel_viewer.session.progress import Progress
from avlabel_viewer.session.queue import Queue, doubts
from avlabel_viewer.session.said import conflicts
from avlabel_viewer.session.working import Working


class Reviewing(Working):
    """The queue of a scene.

    Attributes:
        dismissed: ids of items that the person called no trouble.
        findings: what the stages noticed.
        grounds: detections and what cameras say, once they have been read.

    Args:
        scene: an opened scene.
        author: whose edits these are.
        clock: seconds, never going back.

    Raises:
        SceneError: if labels or edits cannot be read.
    """

    def __init__(self, scene: Scene, author: str, clock: Callable[[], float]) -> None:
        super().__init__(scene, author, clock)
        self.dismissed: frozenset[str] = frozenset()
        self.findings: tuple[Finding, ...] = scene.findings()
        self.grounds: Grounds | None = None
        self._queue = Queue()
        self._wanted = ""
        self._doubted: Resolved | None = None
        self._filtered: Resolved | None = None

    @property
    def queue(self) -> Queue:
        """What needs eyes, without what was settled up to now.

        What the labels show to be doubtful is found once, and again by ``look_again``.
        """
        if self._doubted is None:
            self.look_again()
        if self._filtered is not self.labels:
            self._filter()
        return self._queue

    @property
    def item(self) -> Item | None:
        """The item that the person is at."""
        return self._queue.current

    @property
    def progress(self) -> Progress:
        """How far the scene is reviewed."""
        return Progress.of(self.labels, self.verdicts)

    @property
    def is_doubted(self) -> bool:
        """Whether what is doubtful is known of the labels as they stand."""
        return self._doubted is self.labels

    def look_again(self) -> None:
        """Find anew what is doubtful, if labels have changed since."""
        if self._doubted is not self.labels:
            self.renew(self.labels, doubts(self.labels, self.findings, self.grounds))

    def renew(self, labels: Resolved, doubtful: tuple[Item, ...]) -> None:
        """Take what was found doubtful in labels, which may be a little older than those shown."""
        if self._queue.renew(doubtful):
            self._filtered = None
            self.note(Changed.LABELS)
        self._doubted = labels

    def do(self, *drafts: Draft) -> bool:
        """Record edits; see ``Working.do``.

        Whom they contradict is said, and is no item for the one who does it knowingly.
        """
        before = {item.item_id for item in conflicts(self.labels, self.book.edits)}
        if not super().do(*drafts):
            return False
        new = [
            item for item in conflicts(self.labels, self.book.edits) if item.item_id not in before
        ]
        if new:
            self.dismissed |= {item.item_id for item in new}
            self.say(new[0].reason)
        return True

    def next_item(self, way: int = 1) -> bool:
        """Go to the next item of the queue (``way`` 1), or the one before; whether there is one."""
        item = self.queue.step(way)
        self._wanted = ""
        if item is None:
            self.say("the queue is done" if not self._queue.items else "no more in the queue")
            return False
        self.visit(item)
        return True

    def visit(self, item: Item) -> None:
        """Select what an item is about, go to its frame, and say why."""
        self.queue.go_to(item.item_id)
        self.select(item.track_id if item.track_id != NO_TRACK else None)
        if item.frame_idx != NOWHERE:
            self.go_to(item.frame_idx)
        self.say(item.reason)

    def dismiss_item(self) -> bool:
        """Call the current item no trouble, for oneself, and go on to the next."""
        if self.item is None:
            return False
        self.dismissed |= {self.item.item_id}
        self._filter()
        self.note(Changed.LABELS)
        return self.next_item()

    def take_grounds(self, grounds: Grounds) -> None:
        """Let detections and cameras have a say in what is doubtful."""
        self.grounds, self._doubted, self._filtered = grounds, None, None
        self.note(Changed.LABELS)

    def want_item(self, item_id: str) -> None:
        """Make an item current as soon as it is known, such as that of an earlier sitting."""
        self._wanted = item_id

    @property
    def item_id(self) -> str:
        """Of the item that the person is at, or wants to be; "" for none."""
        return self.item.item_id if self.item else self._wanted

    def take_findings(self, findings: tuple[Finding, ...]) -> None:
        """Let the queue lead through these findings instead of the earlier ones."""
        self.findings, self._doubted, self._filtered = findings, None, None
        self.note(Changed.LABELS)

    def start_queue(self, findings: tuple[Finding, ...]) -> None:
        """Begin anew, with the findings of another commit."""
        self.findings, self.grounds = findings, None
        self._queue, self._doubted, self._filtered = Queue(), None, None

    def _filter(self) -> None:
        self._queue.filter(self.labels, self.book.edits, self.verdicts, self.dismissed)
        self._filtered = self.labels
        if self._wanted and self._queue.go_to(self._wanted):
            self._wanted = ""
