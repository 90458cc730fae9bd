"""Facts as encoded columns: what they are packed to, and the files that keep them beside the warehouse."""
