"""The review application: people check and correct what the machine labeled."""
