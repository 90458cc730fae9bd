"""Sample data: the real retail panel that the demo serves."""
