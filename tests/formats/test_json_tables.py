import gzip
import json
import logging

import numpy as np
import pandas as pd
import pytest
from helpers.vector_files import ROWS, N

from modgap.errors import InputError
from modgap.formats.vectors import read_vectors

LISTS = ROWS.tolist()
# Not counted: those may be the names of columns.
IDS = [f"{row}.jpg" for row in range(N)]
RECORDS = [{"id": name, "embedding": row} for name, row in zip(IDS, LISTS, strict=True)]
WIDE = pd.DataFrame(ROWS.astype(float), index=IDS)
FRAME = pd.DataFrame({"id": IDS, "embedding": LISTS})


def frame(columns):
    return pd.DataFrame(ROWS.astype(float), columns=columns)


def lines(records):
    return "\n".join(map(json.dumps, records))


def openai(order=range(N)):
    rows = [{"object": "embedding", "index": n, "embedding": LISTS[n]} for n in order]
    return {"object": "list", "data": rows, "model": "m", "usage": {"total_tokens": 3}}


def batch(record):
    answer = {"data": [{"index": 0, "embedding": record["embedding"]}], "model": "m"}
    return {"custom_id": record["id"], "id": record["id"], "response": {"body": answer}}


def nested(record):
    return {"id": record["id"], "embedding": {"values": record["embedding"], "dtype": "f4"}}


# What writes it → its text. Those in `NAMELESS` have no ids.
WRITTEN = {
    "json lines": lines(RECORDS),
    "no newline between": "".join(map(json.dumps, RECORDS)),
    "blank lines, windows, mark": "\ufeff" + lines(RECORDS).replace("\n", "\r\n\r\n"),
    "pretty, one behind the other": "\n".join(json.dumps(r, indent=1) for r in RECORDS),
    "pandas lines": FRAME.to_json(orient="records", lines=True, double_precision=15),
    "pandas records": FRAME.to_json(orient="records", double_precision=15),
    "pandas default": FRAME.to_json(double_precision=15),
    "pandas default, ids as index": FRAME.set_index("id").to_json(double_precision=15),
    "pandas index": FRAME.set_index("id").to_json(orient="index", double_precision=15),
    "pandas split": FRAME.to_json(orient="split", double_precision=15),
    "pandas split, index": FRAME.set_index("id").to_json(orient="split", double_precision=15),
    "pandas table": FRAME.to_json(orient="table", double_precision=15),
    "pandas wide": WIDE.to_json(double_precision=15),
    "pandas wide, bare": WIDE.reset_index(drop=True).to_json(double_precision=15),
    "pandas wide, index": WIDE.to_json(orient="index", double_precision=15),
    "pandas wide, split": WIDE.to_json(orient="split", double_precision=15),
    "pandas wide, lines": WIDE.assign(id=IDS).to_json(
        orient="records", lines=True, double_precision=15
    ),
    "lists by column": json.dumps({"model": "m", "id": IDS, "embedding": LISTS, "n": [1, 2]}),
    "Chroma": json.dumps({"ids": IDS, "embeddings": LISTS, "metadatas": [{"a": 1}] * N}),
    "lists by item": json.dumps(dict(zip(IDS, LISTS, strict=True))),
    "bare lists": json.dumps(LISTS),
    "bare lists, pretty": json.dumps(LISTS, indent=2),
    "bare lists, lines": lines(LISTS),
    "one row each": json.dumps([[row] for row in LISTS]),
    "one row each, by name": lines(
        {"id": name, "embedding": [row]} for name, row in zip(IDS, LISTS, strict=True)
    ),
    "OpenAI": json.dumps(openai()),
    "OpenAI, another order": json.dumps(openai([*range(5, N), *range(5)])),
    "OpenAI batch": lines(map(batch, RECORDS)),
    "nested": lines(map(nested, RECORDS)),
    "Pinecone, fetched": json.dumps(
        {
            "vectors": {
                r["id"]: {
                    "id": r["id"],
                    "values": r["embedding"],
                    **({"metadata": {}} if n else {}),
                }
                for n, r in enumerate(RECORDS)
            },
            "namespace": "",
            "usage": {"readUnits": 1},
        }
    ),
    "Elasticsearch": json.dumps(
        {
            "took": 1,
            "hits": {
                "total": {"value": N, "relation": "eq"},
                "hits": [{"_id": r["id"], "_source": r} for r in RECORDS],
            },
        }
    ),
    "Qdrant": json.dumps(
        {
            "result": {"points": [{"id": r["id"], "vector": r["embedding"]} for r in RECORDS]},
            "status": "ok",
        }
    ),
    "other columns": lines({**r, "tags": ["a", 1][: n % 3], "n": n} for n, r in enumerate(RECORDS)),
}
NAMELESS = ("pandas wide, bare", "bare", "one row each", "OpenAI")
NAMED = ("OpenAI batch", "one row each, by name")


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl.gz"])
def test_json_is_read_as_arrays_are(tmp_path, kind, name):
    text = WRITTEN[kind].encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    embeddings = read_vectors(tmp_path / name, "texts")
    np.testing.assert_allclose(embeddings.vectors, ROWS, rtol=1e-6)
    if kind in NAMED or not kind.startswith(NAMELESS):
        assert embeddings.table["id"].tolist() == IDS
    else:
        assert "id" not in embeddings.table


def test_named_vectors_of_one_answer_are_two_clouds(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    vectors = [{"image": row, "text": row[::-1]} for row in LISTS]
    answer = {"result": {"points": [{"id": n, "vector": v} for n, v in enumerate(vectors)]}}
    (tmp_path / "a.json").write_text(json.dumps({**answer, "status": "ok"}))
    np.testing.assert_allclose(read_vectors(tmp_path / "a.json", "images").vectors, ROWS, rtol=1e-6)
    texts = read_vectors(tmp_path / "a.json", "texts").vectors
    np.testing.assert_allclose(texts, ROWS[:, ::-1], rtol=1e-6)
    assert "a.json: what is in 'result' is read, ['status'] not read" in caplog.text


@pytest.mark.parametrize("kind", ["JSON", "JSONCompact"])
def test_what_a_data_base_says_of_columns_is_no_item(tmp_path, kind):
    """ClickHouse has the names and types of the columns before the rows."""
    meta = [{"name": "id", "type": "String"}, {"name": "embedding", "type": "Array(Float32)"}]
    data = RECORDS if kind == "JSON" else [list(record.values()) for record in RECORDS]
    content = {"meta": meta, "data": data, "rows": N, "statistics": {"elapsed": 0.1}}
    (tmp_path / "a.json").write_text(json.dumps(content))
    cloud = read_vectors(tmp_path / "a.json", "texts")
    np.testing.assert_allclose(cloud.vectors, ROWS, rtol=1e-6)
    assert cloud.table["id"].tolist() == IDS


def test_an_object_within_one_record_is_no_answer(tmp_path):
    near = {name: {"vector": row, "score": 0.5} for name, row in zip("ab", LISTS, strict=False)}
    record = {"embedding": LISTS[0], "near": near}
    (tmp_path / "a.json").write_text(json.dumps(record))
    vectors = read_vectors(tmp_path / "a.json", "images").vectors
    np.testing.assert_allclose(vectors, ROWS[:1], rtol=1e-6)


def test_what_json_holds_beside_the_embeddings_is_kept_or_said(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    records = [{**record, "meta": {"label": n}} for n, record in enumerate(RECORDS)]
    (tmp_path / "a.jsonl").write_text(lines(records))
    assert read_vectors(tmp_path / "a.jsonl", "texts").table["meta.label"].tolist() == [*range(N)]
    (tmp_path / "b.json").write_text(json.dumps(openai()))
    read_vectors(tmp_path / "b.json", "texts")
    assert (
        "b.json: records in 'data' are read, ['object', 'model', 'usage'] not read" in caplog.text
    )
    (tmp_path / "c.json").write_text(WRITTEN["lists by column"])
    read_vectors(tmp_path / "c.json", "texts")
    assert "c.json: ['model', 'n'] not read: no list of 12" in caplog.text
    (tmp_path / "d.json").write_text(WRITTEN["OpenAI, another order"])
    read_vectors(tmp_path / "d.json", "texts")
    assert "d.json: records are put into the order of their 'index'" in caplog.text
    (tmp_path / "e.json").write_text(WRITTEN["pandas wide, bare"])
    read_vectors(tmp_path / "e.json", "texts")
    assert "5 columns (0, …) of 12 rows" in caplog.text


def test_ids_are_exact_words_whatever_their_kind(tmp_path):
    names = [2**53 + 1, "a", 2**70, "007", 7, *IDS[5:]]
    records = [{**record, "id": name} for record, name in zip(RECORDS, names, strict=True)]
    (tmp_path / "a.jsonl").write_text(lines(records))
    found = read_vectors(tmp_path / "a.jsonl", "texts").table["id"].tolist()
    assert found == list(map(str, names))


def test_image_ids_beyond_a_float_stay_exact_beside_a_missing_one(tmp_path):
    records = [{**record, "image_id": 2**53 + 1 + n} for n, record in enumerate(RECORDS)]
    records[3]["image_id"] = None
    (tmp_path / "a.jsonl").write_text(lines(records))
    pd.DataFrame(records).astype({"image_id": "Int64"}).to_parquet(tmp_path / "a.parquet")
    for name in ("a.jsonl", "a.parquet"):
        found = read_vectors(tmp_path / name, "texts").table["image_id"]
        assert int(found[5]) == 2**53 + 6, name
        assert pd.isna(found[3])


def test_whole_numbers_in_some_rows_do_not_make_others_whole(tmp_path):
    rows = [[1, 0], [0.5, 1], [0, 2]]
    (tmp_path / "a.jsonl").write_text(lines({"tokens": [1, 2], "e": row} for row in rows))
    np.testing.assert_array_equal(read_vectors(tmp_path / "a.jsonl", "texts").vectors, rows)


def replaced(**changes):
    return lines([*RECORDS[:7], {**RECORDS[7], **changes}, *RECORDS[8:]])


FAULTS = {
    "empty": ("", r"an empty file; expected records such as"),
    "blank": (" \n", r"an empty file"),
    "empty list": ("[]", r"holds no rows"),
    "empty object": ("{}", r"no embeddings|holds no rows"),
    "a number": ("3", r"holds '3' \(int\); expected records"),
    "numbers": ("[1.0, 2.0]", r"row 0 holds '1.0' \(float\); expected records"),
    "words": ('["a", "b"]', r"row 0 holds 'a' \(str\)"),
    "cube": ("[[[1.5, 2], [2, 3]], [[2, 3], [3, 4]]]", r"row 0 holds a list; expected records"),
    "cut": (lines(RECORDS)[:-9], r"ends too soon in line 12|is no JSON in line 12"),
    "comma": (lines(RECORDS).replace("\n", ",\n"), r"is no JSON in line 1, .*"),
    "single quotes": (str(RECORDS), r"is no JSON in line 1, column 3"),
    "odd line": (lines([*RECORDS[:3], "x", *RECORDS[3:]]), r"line 4 holds 'x' \(str\)"),
    "null line": (lines([*RECORDS[:3], None]), r"line 4 holds null; expected records"),
    "twice": ('{"id": 1, "embedding": [1], "id": 2}', r"line 1: a record names 'id' twice"),
    "null": (replaced(embedding=None), r"row 7 \(id '7\.jpg'\) has no embedding"),
    "NaN": (replaced(embedding=[float("nan")] * 5), r"row 7 \(id '7\.jpg'\) is not finite"),
    "huge": (replaced(embedding=[10**400] * 5), r"int too large|too large"),
    "hole": (replaced(embedding=[None, 1, 2, 3, 4]), r"row 7 \(id '7\.jpg'\) is not finite"),
    "ragged": (replaced(embedding=[1.0]), r"row 7 \(id '7\.jpg'\) has 1 numbers, row 0 has 5"),
    "no numbers": (replaced(embedding=[]), r"row 7 \(id '7\.jpg'\) has 0 numbers, row 0 has 5"),
    "strings": (
        replaced(embedding=["0.1"] * 5),
        r"row 7 has '0.1' \(str\) in 'embedding'.* quotes",
    ),
    "truth": (replaced(embedding=[True] * 5), r"row 7 has 'True' \(bool\) in 'embedding'"),
    "error": (replaced(embedding="none"), r"row 7 has 'none' \(str\) in 'embedding'"),
    "all strings": (
        lines({"embedding": list(map(str, row))} for row in LISTS),
        r"'embedding' is list<.*string.*, expected lists of numbers",
    ),
    "base64": (lines({"embedding": "AAAA"} for _ in LISTS), r"is (large_)?string, expected lists"),
    "sparse": (
        lines({"embedding": {"indices": [n, n + 1], "values": [0.5, 0.2]}} for n in range(N)),
        r"'embedding\.values' beside 'embedding\.indices' are sparse embeddings",
    ),
    "tokens": (
        lines({"embedding": [row, row]} for row in LISTS),
        r"'embedding' is list<.*list<.*, expected lists of numbers, one list per row",
    ),
    "no id": (replaced(id=None), r"row 7 has no id"),
    "both sides": (
        json.dumps({"images": RECORDS, "texts": RECORDS}),
        r"holds records in \['images', 'texts'\]; save each list in its own file",
    ),
    "two sizes": (
        json.dumps({"images": LISTS, "texts": LISTS * 2}),
        r"lists of several lengths: 'images' \(12\), 'texts' \(24\)",
    ),
    "rows or columns": (
        json.dumps({str(n): row for n, row in enumerate(LISTS)}),
        r"lists called 0, 1, 2, … may be rows or columns",
    ),
    "names that are one": (
        lines([{"a.b": 1, "a": {"b": 2}, "embedding": [1.0]}] * 3),
        r"line 1 has 'a\.b' twice",
    ),
    "counts in both": (
        frame(range(5)).rename(index=lambda row: f"i{row}").to_json(),
        r"'0', … and 'i0', … within it: rows cannot be told from columns",
    ),
    "words in both": (
        frame(list("abcde")).rename(index=lambda row: f"{row}.jpg").to_json(),
        r"rows cannot be told from columns",
    ),
    "deep": ("[" * 100_000, r"line 1: maximum recursion depth"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_json_is_named_by_line_or_row(tmp_path, fault):
    text, message = FAULTS[fault]
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(InputError, match=rf"a\.jsonl: (.*{message}|{message})") as caught:
        read_vectors(tmp_path / "a.jsonl", "texts")
    assert "\n" not in str(caught.value)


def test_the_side_decides_between_columns(tmp_path):
    records = [{"image_embedding": row, "text_embedding": [-x for x in row]} for row in LISTS]
    (tmp_path / "a.jsonl").write_text(lines(records))
    np.testing.assert_array_equal(read_vectors(tmp_path / "a.jsonl", "images").vectors, ROWS)
    np.testing.assert_array_equal(read_vectors(tmp_path / "a.jsonl", "texts").vectors, -ROWS)


def test_annotations_of_pictures_are_no_embeddings(tmp_path):
    """COCO's files have boxes in one of three lists of records."""
    boxes = [{"id": n, "image_id": n, "bbox": [1.5, 2, 3, 4]} for n in range(N)]
    images = [{"id": n, "file_name": name} for n, name in enumerate(IDS)]
    content = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "dog"}]}
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"holds records in .*save each list in its own file"):
        read_vectors(tmp_path / "a.json", "images")


def test_a_bulk_file_of_elasticsearch_has_an_item_in_two_lines(tmp_path):
    text = lines(
        record
        for name, row in zip(IDS, LISTS, strict=True)
        for record in ({"index": {"_index": "a", "_id": name}}, {"vec": row, "title": "x"})
    )
    (tmp_path / "a.ndjson").write_text(text + "\n")
    cloud = read_vectors(tmp_path / "a.ndjson", "images")
    np.testing.assert_array_equal(cloud.vectors, ROWS)
    assert cloud.table["id"].tolist() == IDS


@pytest.mark.parametrize(
    ("beside", "said"),
    [
        ({"total": {"value": 40, "relation": "eq"}}, "'total' is {'value': 40, 'relation': 'eq'}"),
        ({"numFound": 40}, "'numFound' is 40"),
        ({"next_page_offset": 1100}, "'next_page_offset' is 1100"),
        ({"total": {"value": N}, "numFound": N, "next_page_offset": None, "has_more": False}, ""),
        ({"total": 40.5, "has_more": [1, 2]}, ""),
    ],
)
def test_an_answer_that_is_one_page_of_more_is_warned_of(tmp_path, caplog, beside, said):
    content = {"took": 1, "hits": {**beside, "hits": RECORDS}}
    (tmp_path / "a.json").write_text(json.dumps(content))
    np.testing.assert_array_equal(read_vectors(tmp_path / "a.json", "images").vectors, ROWS)
    assert (f"holds {N} records and may be one page of more: {said};" in caplog.text) == bool(said)
    assert ("one page" in caplog.text) == bool(said)


@pytest.mark.parametrize("name", ["index", "create"])
def test_records_that_are_all_called_index_are_no_bulk_file(tmp_path, name):
    """Every second one was taken for what is said of the next, and lost."""
    (tmp_path / "a.jsonl").write_text(lines({name: record} for record in RECORDS))
    np.testing.assert_array_equal(read_vectors(tmp_path / "a.jsonl", "images").vectors, ROWS)


@pytest.mark.parametrize("name", ["whole.json", "lines.jsonl", "pairs.json", "pairs.jsonl"])
def test_embeddings_by_the_name_of_their_item_in_other_forms(tmp_path, name):
    """Features (1, d) by name, one name a line, and names with embeddings: all were refused."""
    named = dict(zip(IDS, LISTS, strict=True))
    if name.startswith("pairs"):
        items = [[key, row] for key, row in named.items()]
    else:
        items = [{key: [row] if name == "whole.json" else row} for key, row in named.items()]
    whole = {key: row for item in items for key, row in item.items()} if "whole" in name else items
    text = lines(items) if name.endswith("l") else json.dumps(whole)
    (tmp_path / name).write_text(text)
    cloud = read_vectors(tmp_path / name, "texts")
    np.testing.assert_array_equal(cloud.vectors, ROWS)
    assert cloud.table["id"].tolist() == IDS


def test_an_error_does_not_list_the_columns_of_a_whole_file(tmp_path):
    record = {f"item{chr(97 + n)}": [0.5 * n, 1.5] for n in range(26)}
    (tmp_path / "a.jsonl").write_text(lines([record, record]))
    with pytest.raises(InputError, match="several columns may be the embeddings") as error:
        read_vectors(tmp_path / "a.jsonl", "texts")
    assert "'itemt'" in str(error.value)
    assert "'itemu'" not in str(error.value)
