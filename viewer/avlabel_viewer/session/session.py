"""One person at work on one scene."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from avlabel.core.cuboids import NO_TRACK
from avlabel.errors import AvlabelError, SceneError
from avlabel.scenes.scene import Scene
from avlabel_viewer.session.bookmark import Bookmark, BookmarkFile
from avlabel_viewer.session.carry import object_at, same_frame, same_object
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.grounds import Grounds
from avlabel_viewer.session.items import Item
from avlabel_viewer.session.jobs import Job, Jobs
from avlabel_viewer.session.label_book import LabelBook
from avlabel_viewer.session.news import News, look, told
from avlabel_viewer.session.prompts import Prompt
from avlabel_viewer.session.queue import doubts
from avlabel_viewer.session.reviewing import Reviewing

T = TypeVar("T")
POLL_S, POLL_REMOTE_S, KEEP_S = 1.0, 10.0, 1.0


class Session(Reviewing):
    """The scene, the current frame, the selected object, and what is done to them.

    The window never asks what happened: it calls ``tick`` again and again, and after each event
    and tick takes ``take_changes`` and draws again what has changed. Not for several threads.

    Attributes:
        newer_commit: number of a commit newer than the one shown, None if there is none.

    Args:
        scene: an opened scene.
        author: whose edits these are.
        clock: seconds, never going back.
        state_folder: where bookmarks are kept; the user's own if not given.

    Raises:
        SceneError: if labels or edits cannot be read.
    """

    def __init__(
        self,
        scene: Scene,
        author: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        state_folder: Path | None = None,
    ) -> None:
        super().__init__(scene, author, clock)
        self.jobs = Jobs()
        self.newer_commit: int | None = None
        self._clock, self._polled, self._kept = clock, clock(), clock()
        self._prompts: list[Prompt] = []
        self._look: Job | None = None
        self._doubt: Job | None = None
        self._problems: tuple[str, ...] = ()
        self._keeps_failing = False
        self._grounds_of: Scene | None = None
        self._file = BookmarkFile(scene.path, author, state_folder)
        self._find_again()

    # -- others -------------------------------------------------------------------------------

    def tick(self) -> None:
        """What is due: results of jobs, the next frame, news, the bookmark. Call it often."""
        self.jobs.deliver()
        self.play_on()
        if self._grounds_of is not self.scene:
            self._read_grounds()
        now = self._clock()
        if now - self._polled >= (POLL_S if self.scene.store.is_local else POLL_REMOTE_S):
            self._polled = now
            self._look_in_background()
            self._doubt_in_background()
        if now - self._kept >= KEEP_S:
            self.keep()

    def poll(self) -> None:
        """Look for what others did, and lay it on, at once; ``tick`` does it in the background."""
        self.look_again()
        self._hear(self.book, look(self.book))

    def _look_in_background(self) -> None:
        book = self.book
        if self._look is None or not self.jobs.goes_on(self._look):
            self._look = self.run("", lambda _job: look(book), lambda news: self._hear(book, news))

    def _doubt_in_background(self) -> None:
        """Find anew what is doubtful; in a large scene that takes longer than a frame."""
        labels, findings, grounds = self.labels, self.findings, self.grounds
        if self.is_doubted or (self._doubt is not None and self.jobs.goes_on(self._doubt)):
            return

        def take(items: tuple[Item, ...]) -> None:
            if labels.labels is self.labels.labels and grounds is self.grounds:
                self.renew(labels, items)

        self._doubt = self.run("", lambda _job: doubts(labels, findings, grounds), take)

    def _hear(self, book: LabelBook, news: News) -> None:
        if book is not self.book:
            return
        if news.problems != self._problems:
            for problem in news.problems:
                self.say(problem)
        self._problems = news.problems
        if news.edits:
            book.take(news.edits)
            self.note(Changed.LABELS)
            self.say(told(news.edits, self.author))
        if news.commit > max(self.scene.number, self.newer_commit or 0):
            self.newer_commit = news.commit
            self.say(f"the labels were made anew (commit {news.commit}); open them when it suits")

    def rebase(self) -> bool:
        """Open the newest commit with everybody's edits laid on; stay if it cannot be read.

        Frame and selection are found again; ``labels.conflicts`` says what does not fit. What the
        disk refused was made on the old labels, and has to be recorded first.
        """
        if not self.retry():
            return False
        try:
            scene = self.scene.newest()
            book, findings = LabelBook(scene, self.author), scene.findings()
        except SceneError as error:
            self.say(f"cannot open the new labels: {error}")
            return False
        old, track_id = self.labels, self.track_id
        self.frame_idx = same_frame(self.scene.frames, scene.frames, self.frame_idx)
        track_id = NO_TRACK if track_id == NO_TRACK else same_object(old, book.resolved, track_id)
        self.book.close()
        self.scene, self.book, self.newer_commit = scene, book, None
        self.start_queue(findings)
        self.key = "" if track_id == NO_TRACK else self.labels.key_of(track_id)
        self.player.stop()
        self.note(Changed.SCENE)
        conflicts = len(self.labels.conflicts)
        self.say(f"commit {scene.number}, {conflicts or 'no'} conflicts")
        return True

    def _read_grounds(self) -> None:
        scene = self._grounds_of = self.scene
        labels = self.labels.labels

        def take(grounds: Grounds) -> None:
            if scene is self.scene:
                self.take_grounds(grounds)

        self.run("reading detections", lambda _job: Grounds.of(scene, labels), take)

    def run(self, name: str, work: Callable[[Job], T], on_done: Callable[[T], object]) -> Job:
        """Do work in the background; ``tick`` calls ``on_done`` with its result.

        What goes wrong is said. ``work`` must touch nothing that others change, and call
        ``Job.progress`` often, so that it can be cancelled.
        """
        return self.jobs.run(name, work, on_done, self.say)

    # -- asking -------------------------------------------------------------------------------

    @property
    def prompt(self) -> Prompt | None:
        """The question that waits for an answer."""
        return self._prompts[0] if self._prompts else None

    def ask(self, prompt: Prompt) -> None:
        """Ask the person, after what has been asked already."""
        self._prompts.append(prompt)
        self.note(Changed.MESSAGE)

    def answer(self, value: object) -> None:
        """Answer the question; what is no answer to it is said, and the question stays.

        What an answer leads to may fail with an ``AvlabelError`` or a ``ValueError``: it is said.
        """
        if self.prompt is None:
            return
        self.note(Changed.MESSAGE)
        try:
            read = self.prompt.read(value)
            self._prompts.pop(0).on_answer(read)
        except (AvlabelError, ValueError) as error:
            self.say(str(error))

    def dismiss(self) -> None:
        """Turn away from the question."""
        if self._prompts:
            self._prompts.pop(0)
            self.note(Changed.MESSAGE)

    # -- coming back --------------------------------------------------------------------------

    def close(self) -> None:
        """Leave; every edit is on the disk already."""
        self.jobs.close()
        self.keep()
        self.book.close()

    def dismiss_item(self) -> bool:
        """Call the current item no trouble, and remember it at once."""
        item_id = self.item_id
        there_is_more = super().dismiss_item()
        if item_id in self.dismissed:
            self.keep()
        return there_is_more

    def _find_again(self) -> None:
        """Go back to where the person was."""
        try:
            kept = self._file.read()
        except ValueError as error:
            self.say(f"starting afresh: {error}")
            return
        if kept is None:
            return
        self.display, self.reach = kept.display, kept.reach
        self.dismissed = frozenset(kept.dismissed)
        self.want_item(kept.item)
        if kept.frame_idx in self.scene.frames.frame_idx:
            self.frame_idx = kept.frame_idx
        self.key = kept.key
        if self.track_id == NO_TRACK:
            moved_on = kept.commit != self.scene.number
            found = object_at(self.labels, kept.frame_idx, kept.place) if moved_on else NO_TRACK
            self.key = "" if found == NO_TRACK else self.labels.key_of(found)

    def _place(self) -> tuple[float, ...]:
        row = self.row
        if row is None:
            return ()
        return tuple((self.cuboids.center[row] + self.scene.origin_m).tolist())

    def keep(self) -> None:
        """Remember where the person is; nothing is written where nothing has changed."""
        self._kept = self._clock()
        bookmark = Bookmark(
            frame_idx=self.frame_idx,
            key=self.key,
            commit=self.scene.number,
            place=self._place(),
            item=self.item_id,
            dismissed=tuple(sorted(self.dismissed)),
            reach=self.reach,
            display=self.display,
        )
        try:
            self._file.write(bookmark)
        except OSError as error:
            if not self._keeps_failing:
                self.say(f"where you are will not be remembered: {error}")
            self._keeps_failing = True
