"""The HTTP door: parse, ask the engine, format. Nothing here knows how an answer is found."""
