"""The backend whose tables lie in two places: some here, in a warehouse, and the others there, in a database."""
