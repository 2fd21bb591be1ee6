"""The commands under ``avlabel calibrate``."""
