"""MAD captions as tokens: one for each of the 26 words."""

import numpy as np

from modgap.formats.tokenizers import END, START, WordTokenizer
from modgap.mad.captions import FACTORS, WORDS

# Start, the six factors, end.
TOKENIZER = WordTokenizer(WORDS, context_length=len(FACTORS) + 2)


def caption_tokens(words: np.ndarray) -> np.ndarray:
    """Token ids (n, 8) int64 of captions given as word numbers (n, 1 + k).

    Word numbers index `modgap.mad.captions.WORDS`; k <= 5. Equal to what `TOKENIZER` makes of the
    captions as strings.
    """
    count, length = words.shape
    tokens = np.zeros((count, TOKENIZER.context_length), dtype=np.int64)
    tokens[:, 0] = TOKENIZER.vocabulary.index(START)
    tokens[:, 1 : 1 + length] = words + 1
    tokens[:, 1 + length] = TOKENIZER.vocabulary.index(END)
    return tokens
