"""Drafting a model from a stranger's data: `drafting.infer` looks at a source and writes what cubes.json could be."""
