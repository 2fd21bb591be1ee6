"""From one sweep to boxes: ground, clusters, what each is, and the whole object."""
