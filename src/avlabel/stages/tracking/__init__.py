"""Which detections are the same object, over the whole log."""
