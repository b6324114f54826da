"""Tables about the study itself."""
