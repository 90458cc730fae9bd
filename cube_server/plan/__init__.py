"""From spec to plan: which relations answer a question."""
