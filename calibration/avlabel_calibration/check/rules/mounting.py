"""Extrinsics that were read in a wrong way: inverted, with OpenGL's axes, or of another camera.

The first two are told by where the camera would sit, and by whether LiDAR edges then lie on image
edges; the last by the images alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from avlabel.core.rig import Camera
from avlabel_calibration.check.content import (
    Fit,
    fit_of,
    fit_to,
)
from avlabel_calibration.check.evidence import Evidence
from avlabel_calibration.check.mounting import misreadings, oddities, sits_well
from avlabel_calibration.check.registry import rule
from avlabel_calibration.check.verdict import Answer, fine, found, undecided


@rule("camera-mounting", "warning", "no vehicle carries a camera there", "fast")
def camera_mounting(evidence: Evidence) -> Iterator[Answer]:
    """Whether each camera stands upright, above the road and near the car."""
    for camera in evidence.log.rig.cameras.values():
        odd = oddities(camera.ego_from_sensor, evidence.config)
        if odd:
            yield found(f"the extrinsic puts it {' and '.join(odd)}", camera.sensor_id)
        else:
            height = f"{camera.ego_from_sensor.translation[2]:.2f} m above the road"
            yield fine(f"upright, {height}", camera.sensor_id)


@rule("inverted-extrinsic", "error", "the extrinsic fits better the other way round", "fast")
def inverted_extrinsic(evidence: Evidence) -> Iterator[Answer]:
    """Try each extrinsic the other way round."""
    for camera in evidence.log.rig.cameras.values():
        yield _misread(evidence, camera, "inverted", "the other way round")


@rule(
    "opengl-axes", "error", "camera axes are y up, z backward instead of y down, z forward", "fast"
)
def opengl_axes(evidence: Evidence) -> Iterator[Answer]:
    """Try each extrinsic with y and z turned over."""
    for camera in evidence.log.rig.cameras.values():
        yield _misread(evidence, camera, "opengl", "with y and z turned over")


@rule("cameras-swapped", "error", "the images of one camera fit another's extrinsic", "fast")
def cameras_swapped(evidence: Evidence) -> Iterator[Answer]:
    """Lay the edges that every camera should see over the images of every other."""
    names = [name for name in evidence.log.rig.cameras if name in evidence.log.images]
    if len(names) < 2:
        yield undecided("there are no two cameras with images")
        return
    own = {name: fit for name in names if (fit := fit_of(evidence, name)) is not None}
    for name in names:
        if name not in own:
            yield undecided("no frame with an image and LiDAR edges", name)
        else:
            yield _swapped(evidence, name, own)


def _swapped(evidence: Evidence, name: str, own: Mapping[str, Fit]) -> Answer:
    given, numbers = own[name], {"score": own[name].score}
    best = Fit(-1.0, 0.0)
    for rival in own.keys() - {name}:
        its, back = fit_to(evidence, name, rival), fit_to(evidence, rival, name)
        if its is None or back is None or its.score < best.score:
            continue
        both = its.with_twin(back)
        one_way = its.clear and its.beats(given)
        if one_way or (both.clear and both.beats(given.with_twin(own[rival]))):
            best, thief = its, rival
    if best.sigma:
        numbers["score_of_other"] = best.score
        words = f"its images fit the extrinsic of '{thief}' ({best}) better than its own ({given})"
        return found(words, name, numbers)
    if given.clear:
        return fine(f"its images fit its own extrinsic best ({given})", name, numbers)
    return undecided(f"edges do not tell ({given})", name, numbers)


def _misread(evidence: Evidence, camera: Camera, how: str, words: str) -> Answer:
    """Whether a camera fits when its extrinsic is read in another way."""
    name, given = camera.sensor_id, fit_of(evidence, camera.sensor_id)
    numbers = {} if given is None else {"score": given.score}
    if given is not None and given.clear:
        return fine(f"LiDAR edges lie on image edges as it is ({given})", name, numbers)
    odd = oddities(camera.ego_from_sensor, evidence.config)
    others = misreadings(camera)
    fits = {each: fit_of(evidence, name, each) for each in others}
    shown = [each for each, fit in fits.items() if given and fit and fit.clear and fit.beats(given)]
    placed = [each for each, c in others.items() if sits_well(c.ego_from_sensor, evidence.config)]
    if (seen := fits[how]) is not None:
        numbers["score_otherwise"] = seen.score
    if shown == [how]:
        text = f"LiDAR edges lie on image edges {words} ({seen}), not as it is ({given})"
        return found(text, name, numbers)
    if odd and placed == [how] and not shown:
        text = f"as it is the camera would be {' and '.join(odd)}; {words} it sits where cameras do"
        return found(text, name, numbers)
    if not odd and how not in placed:
        return fine("upright and where cameras sit; otherwise it would not be", name, numbers)
    return undecided("neither its place nor its images tell", name, numbers)
