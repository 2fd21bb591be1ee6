"""The stages of auto-labeling, each a function with one frozen config beside it."""
