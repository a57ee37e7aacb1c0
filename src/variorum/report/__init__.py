"""The explorer: one HTML page that shows a build's texts with all that annotators, curation and rules say of them."""
