"""Tables made of nothing but settings and a seed."""
