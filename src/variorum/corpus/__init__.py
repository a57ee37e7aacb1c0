"""Seeds become frozen text: what every offset points into."""
