"""An Open3D window with a cloud in a part of it, and nothing else; each key turns the eye a little.

python benchmarks/plain_window.py POINTS.npy WIDTH HEIGHT WINDOW_WIDTH WINDOW_HEIGHT
"""

from __future__ import annotations

import sys

import numpy as np
import open3d as o3d
from open3d.visualization import gui, rendering

TITLE, STEP_RAD = "plain window", 0.05
WAYS_M = (-35.0, 20.0)
"""The eye is so far behind and above the cloud's middle."""


def main() -> None:
    """Show it until it is killed."""
    points, (width, height, *size) = np.load(sys.argv[1]), map(int, sys.argv[2:])
    app = gui.Application.instance
    app.initialize()
    window = app.create_window(TITLE, *size)
    widget = gui.SceneWidget()
    widget.scene = rendering.Open3DScene(window.renderer)
    widget.enable_scene_caching(True)
    view = widget.scene.view
    view.set_post_processing(False)
    view.set_antialiasing(False)
    view.set_shadowing(False)
    widget.scene.show_skybox(False)
    widget.scene.set_background([0.01, 0.01, 0.01, 1.0])
    material = rendering.MaterialRecord()
    material.shader, material.point_size = "defaultUnlit", 2.0
    cloud = o3d.t.geometry.PointCloud(o3d.core.Tensor.from_numpy(points))
    cloud.point.colors = o3d.core.Tensor.from_numpy(np.full_like(points, 0.6))
    widget.scene.add_geometry("points", cloud, material, False)
    window.add_child(widget)
    middle, turned = points.mean(axis=0), [0.0]

    def look() -> None:
        vertical = rendering.Camera.FovType.Vertical
        widget.scene.camera.set_projection(50.0, width / height, 0.3, 3000.0, vertical)
        back, up = WAYS_M
        way = np.array([back * np.cos(turned[0]), back * np.sin(turned[0]), up])
        widget.scene.camera.look_at(middle, middle + way, [0, 0, 1])
        widget.force_redraw()

    def lay_out(_context: gui.LayoutContext) -> None:
        widget.frame = gui.Rect(0, 0, width, height)
        look()

    def on_key(event: gui.KeyEvent) -> bool:
        if event.type == gui.KeyEvent.Type.DOWN:
            turned[0] += STEP_RAD
            look()
            window.post_redraw()
        return True

    window.set_on_layout(lay_out)
    window.set_on_key(on_key)
    app.run()


if __name__ == "__main__":
    main()
