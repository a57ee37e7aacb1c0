"""What changed between two builds: read, matched document by document, counted, told."""
