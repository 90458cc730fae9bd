"""What goes over the wire: parameters and bodies in, models of cubes and links out."""
