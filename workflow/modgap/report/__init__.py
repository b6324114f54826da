"""The report stage: what the HTML report shows beside the artifacts."""
