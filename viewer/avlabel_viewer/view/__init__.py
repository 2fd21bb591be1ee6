"""The window. Nothing else imports open3d."""
