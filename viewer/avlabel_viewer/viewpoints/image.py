"""What a camera saw, or a cut-out of it, through its own lens."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cameras import CameraModel
from avlabel.core.se3 import SE3
from avlabel_viewer.viewpoints.viewpoint import Ray

LEAST_SHOWN_PX = 8.0
"""A cut-out is at least so wide, in pixels of the camera's image."""

Crop = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class ImageView:
    """A camera's image, or a part of it, scaled to the view.

    Attributes:
        model: the camera's optics.
        cam_from_world: where the camera was when it exposed the image.
        crop: u0, v0, u1, v1 in pixels of the camera's image, from border to border: the whole
            image is -0.5, -0.5, width - 0.5, height - 0.5. May reach beyond the image; its
            aspect is the view's.
        width_px: width of the view.
        height_px: height of the view.
    """

    model: CameraModel
    cam_from_world: SE3
    crop: Crop
    width_px: int
    height_px: int

    @classmethod
    def around(
        cls, model: CameraModel, cam_from_world: SE3, rect: Crop, width_px: int, height_px: int
    ) -> ImageView:
        """The largest view in which all of ``rect``, a crop of any aspect, is seen."""
        u0, v0, u1, v1 = rect
        px_per_px = max((u1 - u0) / width_px, (v1 - v0) / height_px, LEAST_SHOWN_PX / width_px)
        half_w, half_h = px_per_px * width_px / 2, px_per_px * height_px / 2
        u, v = (u0 + u1) / 2, (v0 + v1) / 2
        crop = (u - half_w, v - half_h, u + half_w, v + half_h)
        return cls(model, cam_from_world, crop, width_px, height_px)

    @classmethod
    def whole(
        cls, model: CameraModel, cam_from_world: SE3, width_px: int, height_px: int
    ) -> ImageView:
        """The whole image, as large as the view allows."""
        rect = (-0.5, -0.5, model.width_px - 0.5, model.height_px - 0.5)
        return cls.around(model, cam_from_world, rect, width_px, height_px)

    @property
    def scale(self) -> float:
        """Pixels of the view in a pixel of the camera's image."""
        return self.width_px / (self.crop[2] - self.crop[0])

    def to_view(self, uv_image: Float64) -> Float64:
        """(..., 2) pixels of the camera's image to pixels of the view."""
        return np.asarray((uv_image - np.array(self.crop[:2])) * self.scale - 0.5)

    def to_image(self, uv: Float64) -> Float64:
        """(..., 2) pixels of the view to pixels of the camera's image."""
        return np.asarray((uv + 0.5) / self.scale + np.array(self.crop[:2]))

    def project(self, points_world: Float64) -> Float64:
        """(N, 2) pixels of points (N, 3); NaN for what the lens does not see."""
        points_cam = self.cam_from_world.apply(np.asarray(points_world, np.float64))
        return self.to_view(self.model.project(points_cam)[0])

    def ray(self, u_px: float, v_px: float) -> Ray:
        """What lies under a pixel; NaN as direction where the lens sees nothing."""
        way = self.model.unproject(self.to_image(np.array([[u_px, v_px]])))[0]
        world_from_cam = self.cam_from_world.inverse()
        return Ray(world_from_cam.translation, world_from_cam.rotation @ way)

    def panned(self, du_px: float, dv_px: float) -> ImageView:
        """Its content moved by pixels, as when dragged by the mouse."""
        du, dv = du_px / self.scale, dv_px / self.scale
        u0, v0, u1, v1 = self.crop
        return replace(self, crop=(u0 - du, v0 - dv, u1 - du, v1 - dv))

    def zoomed(self, factor: float, u_px: float, v_px: float) -> ImageView:
        """``factor`` times as large; what is under the pixel stays there."""
        width = max((self.crop[2] - self.crop[0]) / factor, LEAST_SHOWN_PX)
        part = width / (self.crop[2] - self.crop[0])
        u, v = self.to_image(np.array([u_px, v_px])).tolist()
        u0, v0, u1, v1 = self.crop
        crop = (u + part * (u0 - u), v + part * (v0 - v), u + part * (u1 - u), v + part * (v1 - v))
        return replace(self, crop=crop)

    def resized(self, width_px: int, height_px: int) -> ImageView:
        """The same cut-out, or a little more of it, in a view of another size."""
        return ImageView.around(self.model, self.cam_from_world, self.crop, width_px, height_px)
