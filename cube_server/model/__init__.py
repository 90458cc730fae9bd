"""The model: what cubes.json says, as frozen values."""
