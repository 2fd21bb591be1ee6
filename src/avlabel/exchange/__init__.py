"""Labels out to the formats of trainers and labeling tools, and back."""
