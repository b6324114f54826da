"""What a study declares: settings, experiments, sheets, artifacts; no pandas, no torch."""
