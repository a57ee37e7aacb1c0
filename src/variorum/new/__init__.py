"""New corpus folders: from texts, or from a Label Studio project that was made for something else."""
