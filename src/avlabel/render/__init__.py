"""Pictures of a scene, without any window."""
