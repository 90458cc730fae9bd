"""What routes depend on: the engine that is served, and the question that a request asks."""
