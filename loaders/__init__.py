"""From sources to a warehouse. `pipeline` runs the steps; a step knows no other step."""
