"""How to save what files hold that are not read: by the ending of their name, for errors."""

import os
from pathlib import Path

_PLAIN = "plain numbers: numpy.save(file, numpy.fromfile(path, dtype).reshape(-1, d))"
_PICKLE = "it may run code; where you trust it: numpy.save(file, numpy.array({}))"
_HDF5 = (
    "h5py: numpy.save(file, h5py.File(path)[name][:]); of pandas: "
    "pandas.read_hdf(path).to_parquet(file)"
)
_FAISS = "FAISS: numpy.save(file, index.reconstruct_n(0, index.ntotal))"
_DATA_BASE = "pandas.read_sql(query, connection).to_parquet(file)"
_SPREADSHEET = "save it as .csv, or pandas.read_excel(path).to_csv(file, index=False)"
_GENSIM = "gensim.models.KeyedVectors.load(path).save_word2vec_format('file.vec')"

_HOW = {
    (".h5", ".hdf5", ".hdf"): _HDF5,
    (".mat",): "SciPy: numpy.save(file, scipy.io.loadmat(path)[name]); if it is of version 7.3 "
    "h5py, which turns it: numpy.save(file, h5py.File(path)[name][:].T)",
    (".nc",): "numpy.save(file, xarray.open_dataset(path)[name].values)",
    (".index", ".faiss"): _FAISS,
    (".bin",): f"{_PLAIN}; of word2vec: gensim.models.KeyedVectors.load_word2vec_format(path, "
    "binary=True).save_word2vec_format('file.vec')",
    (".dat", ".raw", ".f32"): _PLAIN,
    (".fvecs",): "numpy.save(file, numpy.fromfile(path, '<f4').reshape(-1, d + 1)[:, 1:])",
    (".fbin",): "numpy.save(file, numpy.fromfile(path, '<f4', offset=8).reshape(-1, d))",
    (".mtx",): "numpy.save(file, scipy.io.mmread(path)); if it is sparse, .toarray() behind mmread",
    (".pkl", ".pickle", ".p"): _PICKLE.format("content"),
    (".joblib",): _PICKLE.format("joblib.load(path)"),
    (".kv", ".wordvectors"): _GENSIM,
    (".xlsx", ".xls", ".xlsm", ".ods"): _SPREADSHEET,
    (".orc",): "pandas.read_orc(path).to_parquet(file)",
    (".avro",): "polars.read_avro(path).write_parquet(file)",
    (".dta",): "pandas.read_stata(path).to_parquet(file)",
    (".sav",): "pandas.read_spss(path).to_parquet(file)",
    (".rds",): "in R: write.csv(readRDS(path), file)",
    (".rdata", ".rda"): "in R: load(path), then write.csv of what it holds",
    (".db", ".sqlite", ".sqlite3"): f"a data base: {_DATA_BASE}",
    (".duckdb",): "in DuckDB: COPY table TO 'file.parquet'",
    (".msgpack",): "pandas.DataFrame(msgpack.unpackb(content)).to_parquet(file)",
    (".arrows", ".ipc"): "call it .arrow",
    (".pq", ".parq"): "call it .parquet",
    (".tar",): "unpack it, and name what is in it",
    (".zst",): "unpack it: zstd -d path",
    (".bz2",): "unpack it: bunzip2 path",
    (".xz",): "unpack it: unxz path",
    (".zip",): "unpack it: unzip path",
}
_BY_ENDING = {ending: how for endings, how in _HOW.items() for ending in endings}


def how_to_save(path: str | os.PathLike) -> str:
    """What to do with a file of a known kind that is not read, in brackets; "" for others.

    >>> how_to_save("a.duckdb"), how_to_save("a.docx")
    (" (in DuckDB: COPY table TO 'file.parquet')", '')
    """
    how = _BY_ENDING.get(Path(path).suffix.lower())
    return f" ({how})" if how else ""
