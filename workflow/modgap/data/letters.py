"""What a word is made of in any script, as a part of a regular expression."""

import unicodedata

# Vowel signs and accents that are characters of their own, which `\w` leaves out: without them a
# word of Hindi, Arabic or Thai would be several, and one with an accent (NFD) would end before it.
_MARKS = "".join(
    chr(code)
    for code in range(0x300, 0x10000)
    if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me")
)
# Between letters they keep these from being joined, or let them.
_JOINERS = "\u200c\u200d"
# Letters and digits with their marks, one or more.
LETTERS = rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*|[{_JOINERS}]+[^\W_]+)*"
