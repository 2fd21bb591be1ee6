"""What people did to a scene's labels: the log of it, and how it is laid onto newer labels."""
