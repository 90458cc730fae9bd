"""What is asked: the request in names, the spec in model objects, and the way from one to the other."""
