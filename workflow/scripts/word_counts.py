import pandas as pd

from modgap.data.corpus import read_captions
from modgap.data.word_counts import count_table, read_word_counts
from modgap.formats.files import write_text
from modgap.runtime.logs import configure_logging

configure_logging(snakemake.log[0])
published = read_word_counts(snakemake.input.published)
counted = []
for corpus, path in snakemake.params.corpora.items():
    counted.append(count_table(read_captions(path), corpus, published)[0])
write_text(snakemake.output[0], pd.concat([published, *counted]).to_csv(index=False))
