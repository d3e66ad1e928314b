"""Writes sparse.json: sparse matrices and their products, computed with SciPy and NumPy in double precision.

    python3 -m venv VENV && VENV/bin/pip install numpy==2.4.6 scipy==1.17.1 && VENV/bin/python make_sparse_golden.py

The weights and inputs are small multiples of 1/8, so that every product and sum is exact in float32 and any order of
summation gives the same number.
"""

import json
import pathlib

import numpy as np
import scipy.sparse

HERE = pathlib.Path(__file__).parent
# name, rows, columns, tokens, density
CASES = [
    ("small", 5, 7, 3, 0.4),
    ("one row", 1, 20, 9, 0.3),
    ("one column", 20, 1, 9, 0.5),
    ("one token", 17, 33, 1, 0.2),
    ("no entries", 6, 5, 4, 0.0),
    ("all entries", 9, 18, 16, 1.0),
    ("no rows", 0, 5, 4, 0.5),
    ("no columns", 5, 0, 4, 0.5),
    ("no tokens", 5, 4, 0, 0.5),
    ("several tiles", 70, 30, 66, 0.1),
]


def exact(random, shape):
    return random.integers(-16, 17, shape) / 8


def listed(array):
    return [float(value) for value in np.asarray(array).ravel()]


def case(index, name, rows, columns, tokens, density):
    random = np.random.default_rng(index)
    dense = exact(random, (rows, columns)) * (random.random((rows, columns)) < density)
    sparse = scipy.sparse.csr_matrix(dense)
    sparse.eliminate_zeros()
    sparse.sort_indices()
    transposed = sparse.T.tocsr()
    transposed.sort_indices()
    by_column = exact(random, (columns, tokens))
    by_row = exact(random, (tokens, rows))
    row_bias, column_bias = exact(random, rows), exact(random, columns)
    product = by_row.T @ by_column.T
    return {
        "name": name,
        "rows": rows,
        "columns": columns,
        "tokens": tokens,
        "dense": listed(dense),
        "values": listed(sparse.data),
        "columnIndices": sparse.indices.tolist(),
        "rowOffsets": sparse.indptr.tolist(),
        "transposed": {
            "values": listed(transposed.data),
            "columnIndices": transposed.indices.tolist(),
            "rowOffsets": transposed.indptr.tolist(),
        },
        "right": listed(by_column),
        "left": listed(by_row),
        "rowBias": listed(row_bias),
        "columnBias": listed(column_bias),
        "sparseTimesDense": listed(sparse @ by_column),
        "sparseTimesDenseBiasRelu": listed(np.maximum(sparse @ by_column + row_bias[:, None], 0)),
        "denseTimesSparse": listed((sparse.T @ by_row.T).T),
        "denseTimesSparseBiasRelu": listed(np.maximum((sparse.T @ by_row.T).T + column_bias, 0)),
        "sampled": listed(product[sparse.nonzero()]),
    }


cases = [case(index, *parameters) for index, parameters in enumerate(CASES)]
(HERE / "sparse.json").write_text("[\n" + ",\n".join(json.dumps(entry) for entry in cases) + "\n]\n")
