"""What the sources state, and how it compares with what is found here."""
