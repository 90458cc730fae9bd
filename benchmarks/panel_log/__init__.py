"""What a user of the pivot page asks, over HTTP: the drill log, at 1, 8 and 32 connections."""
