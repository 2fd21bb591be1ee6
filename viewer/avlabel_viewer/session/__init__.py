"""What a person does with one scene, without any window."""
