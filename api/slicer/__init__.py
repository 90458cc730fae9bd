"""The door for clients of Databrewery Cubes: its Slicer API over this server's cubes.

An adapter: what the Slicer API asks becomes requests to the engine, and answers are given in its shapes. The habits in
which it differs from the native API live here and nowhere else; docs/slicer.md lists them.
"""
