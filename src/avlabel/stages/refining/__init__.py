"""From tracked detections to the boxes of a scene."""
