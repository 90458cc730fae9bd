"""What answering where the facts live costs beside the same SQL typed by hand, and what rollups there spare."""
