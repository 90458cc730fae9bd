"""Where data comes from: a folder of files or a database. `opening.open_source` chooses."""
