"""The measure stage: embedding files → tidy tables, one job per model and data set."""
