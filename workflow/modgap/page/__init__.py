"""The page to read: one HTML file with the board of claims, every figure and what is absent."""
