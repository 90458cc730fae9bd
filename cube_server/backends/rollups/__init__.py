"""What rollups are of, which questions they answer, and which to choose: the same wherever they are kept."""
