"""What the images say of the detections."""
