"""Pictures of what is seen, as arrays: views of an object, images, timeline."""
