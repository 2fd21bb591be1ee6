"""Readers turn a recording into a ``Log``; found through the entry points ``avlabel.readers``."""
