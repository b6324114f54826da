"""Tables: frames in, the finished table out, and its .csv, .md and .tex."""
