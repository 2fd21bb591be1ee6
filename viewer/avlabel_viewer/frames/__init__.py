"""Sweeps and images of frames, read ahead and ready to be drawn."""
