"""A simulated drive with truth: streets, traffic, a spinning LiDAR and cameras."""
