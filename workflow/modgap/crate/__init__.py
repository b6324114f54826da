"""The run of a study as an RO-Crate: what was made, by what, out of what."""
