"""What is looked at when a written run is verified: its files, its head, its documents, and its proof."""
