"""What is on the screen, brought up to date after each change."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from open3d.visualization import gui

from avlabel.render.palette import class_colors
from avlabel.render.trails import Trail, trails_until
from avlabel_viewer.actions.desk import Desk
from avlabel_viewer.actions.facts import object_facts, queue_facts, scene_facts, status_line
from avlabel_viewer.actions.views import FOV_Y, PLANES
from avlabel_viewer.drawing.handles import HOT
from avlabel_viewer.drawing.lines import box_lines, label_anchors, label_texts, trail_lines
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.view.hints import hint_lines
from avlabel_viewer.view.paint import paint_film, paint_images, paint_plane, paint_timeline
from avlabel_viewer.view.panel import Panel
from avlabel_viewer.view.perspective import Perspective, Tag
from avlabel_viewer.view.picture import Picture

THIN_PX, THICK_PX = 1.5, 3.0
TRAIL_S = 5.0
EYE = Changed.EYE | Changed.FRAME | Changed.SCENE
CLOUD = Changed.FRAME | Changed.DISPLAY | Changed.SCENE
BOXES = CLOUD | Changed.LABELS | Changed.SELECTION


class Screens:
    """Draws again what a change concerns, and nothing else.

    Args:
        desk: what is shown.
        street: the view in perspective.
        pictures: the others, by name.
        panel: at the right.
        status: the last line.
    """

    def __init__(
        self,
        desk: Desk,
        street: Perspective,
        pictures: Mapping[str, Picture],
        panel: Panel,
        status: gui.Label,
    ) -> None:
        self._desk, self._street, self._pictures = desk, street, pictures
        self._panel, self._status = panel, status
        self._has_hints = False

    def show(self, changed: Changed) -> None:
        """Bring the screen up to date."""
        film = self._desk.film
        self._pictures["film"].widget.visible = film
        for widget in (self._street.widget, self._pictures["images"].widget):
            widget.visible = not film
        if self._desk.film and changed & BOXES:
            self._pictures["film"].show(paint_film(self._desk))
        if changed & CLOUD:
            cloud = self._desk.cloud
            rgb = cloud.colors.astype(np.float32) / np.float32(255)
            self._street.show_cloud(cloud.points, rgb, self._desk.session.display.point_px)
        if changed & BOXES:
            self._show_boxes()
            self._pictures["images"].show(paint_images(self._desk))
            self._pictures["timeline"].show(paint_timeline(self._desk))
            self._show_panel()
        if changed & (BOXES | Changed.HOVER):
            for name in PLANES:
                self._pictures[name].show(paint_plane(self._desk, name))
            self._show_hints()
        if changed & EYE:
            self._street.look(self._desk.views.orbit, FOV_Y)
        self._status.text = status_line(self._desk)

    def _show_boxes(self) -> None:
        cuboids, selected = self._desk.box.boxes()
        taxonomy = self._desk.session.scene.taxonomy
        lines = box_lines(cuboids, taxonomy, selected)
        street = self._street
        street.show_lines("thin", lines.thin.segments, lines.thin.colors, THIN_PX)
        street.show_lines("thick", lines.thick.segments, lines.thick.colors, THICK_PX)
        street.show_lines("selected", lines.selected.segments, lines.selected.colors, THICK_PX)
        trails = trail_lines(self._trails(), taxonomy)
        street.show_lines("trails", trails.segments, trails.colors, THIN_PX)
        tags = []
        if self._desk.session.display.labels:
            rgb = np.array(class_colors(taxonomy)) / 255
            texts = zip(
                label_anchors(cuboids),
                label_texts(cuboids, taxonomy),
                cuboids.category,
                strict=True,
            )
            tags = [
                Tag(place, text, rgb[category], is_first=row == selected)
                for row, (place, text, category) in enumerate(texts)
            ]
        street.show_tags(tags)

    def _trails(self) -> list[Trail]:
        session = self._desk.session
        if not session.display.trails:
            return []
        return trails_until(session.cuboids, session.frame_idx, TRAIL_S)

    def _show_hints(self) -> None:
        hints = hint_lines(self._desk)
        if len(hints) or self._has_hints:
            self._has_hints = len(hints) > 0
            rgb = np.tile(np.array(HOT, np.float32) / np.float32(255), (len(hints), 1))
            self._street.show_lines("hints", hints, rgb, THICK_PX)

    def _show_panel(self) -> None:
        desk = self._desk
        self._panel.show_object(object_facts(desk))
        self._panel.show_scene(*scene_facts(desk))
        self._panel.show_queue(*queue_facts(desk))
