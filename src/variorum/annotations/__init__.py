"""Label Studio exports become regions with exact offsets; nothing is dropped in silence."""
