"""MATLAB files, version 5 to 7 through SciPy and 7.3 through h5py, as columns.

A column is named by its place: ``t``, a field ``cell.t``, a field of one element of a struct
array ``cycles[3].t``, or a column of a matrix ``data[2]``; counting is from 1, as in MATLAB.
Rows and columns (1xN, Nx1) are the same. Nothing in a file is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.data.cells import Cells
from twin.data.table import Table
from twin.errors import DataError, nearest

_PART = re.compile(r"(?P<word>\w+)(?:\[(?P<number>\d+)\])?")
_HDF5 = b"\x89HDF"
_HDF5_PLACES = (0, 512)
TABLE_ADVICE = (
    "is a MATLAB table or another object, which only MATLAB can read; save "
    "s = table2struct(T, 'ToScalar', true) instead"
)


def read_mat(path: Path, wanted: Sequence[str]) -> Table:
    """Return columns of a MATLAB file; rows are counted from 1.

    Raises
    ------
    DataError
        If the file cannot be read, has no such column, or the columns differ in length.
    """
    cells = _columns_of_hdf5(path, wanted) if _is_hdf5(path) else _columns_of_mat5(path, wanted)
    lengths = {name: len(column) for name, column in cells.items()}
    if len(set(lengths.values())) > 1:
        words = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DataError(f"{path}: the columns differ in length: {words}")
    rows = next(iter(lengths.values()))
    if not rows:
        raise DataError(f"{path}: the columns are empty; they need at least one row")
    return Table(path, "row", np.arange(1, rows + 1), cells, rows)


def _is_hdf5(path: Path) -> bool:
    """Return whether the file is of version 7.3, which is HDF5 behind a MATLAB header."""
    with path.open("rb") as stream:
        start = stream.read(_HDF5_PLACES[-1] + len(_HDF5))
    return any(start[place:].startswith(_HDF5) for place in _HDF5_PLACES)


def _columns_of_mat5(path: Path, wanted: Sequence[str]) -> dict[str, Cells]:
    from scipy.io import loadmat

    try:
        content = loadmat(path, simplify_cells=True, verify_compressed_data_integrity=True)
    except MemoryError as error:
        raise DataError(f"{path}: a size in the file is not possible; it is damaged") from error
    except Exception as error:  # SciPy raises whatever a damaged file leads it into
        raise DataError(f"{path}: not a readable MATLAB file ({error})") from error
    return {name: _vector(path, name, _of_mat5(path, content, name)) for name in wanted}


def _parts(path: Path, name: str) -> list[tuple[str, int | None]]:
    """Return the words of a name and the number behind each, from 1."""
    found = [_PART.fullmatch(part) for part in name.split(".")]
    if not all(found):
        raise DataError(
            f"{path}: '{name}' does not name a place in a MATLAB file; write t, cell.t, "
            "cycles[3].t or data[2]"
        )
    pairs = [(m["word"], m["number"]) for m in found if m is not None]
    return [(word, None if number is None else int(number)) for word, number in pairs]


def _of_mat5(path: Path, content: Mapping[str, Any], name: str) -> Any:
    """Return what stands at a place."""
    node: Any = {key: value for key, value in content.items() if not key.startswith("__")}
    for word, number in _parts(path, name):
        if isinstance(node, np.ndarray | list) and len(node) and _all_structs(node):
            node = {key: [element.get(key) for element in node] for key in node[0]}
        if not isinstance(node, Mapping) or word not in node:
            raise DataError(f"{path}: no '{name}'; {_there(node)}{_near(word, node)}")
        node = _element(path, name, node[word], number)
    return node


def _all_structs(node: Any) -> bool:
    return all(isinstance(element, Mapping) for element in node)


def _element(path: Path, name: str, node: Any, number: int | None) -> Any:
    """Return one element of a struct array or one column of a matrix, or all."""
    if number is None:
        return node
    if isinstance(node, Mapping):  # a struct array of one element
        node = [node]
    structs = isinstance(node, np.ndarray | list) and len(node) and _all_structs(node)
    if not structs and np.ndim(node) != 2:
        raise DataError(f"{path}: '{name}': there is nothing to count with [{number}]")
    size = len(node) if structs else node.shape[1]
    if not 1 <= number <= size:
        raise DataError(f"{path}: '{name}': [{number}] is outside 1 to {size}")
    return node[number - 1] if structs else node[:, number - 1]


def _there(node: Any) -> str:
    if isinstance(node, Mapping):
        words = ", ".join(_described(key, value) for key, value in list(node.items())[:40])
        return f"there is {words or 'nothing'}"
    return "what stands before the point is no struct"


def _described(key: str, value: Any) -> str:
    fields = value if isinstance(value, Mapping) else None
    if isinstance(value, np.ndarray | list) and len(value) and _all_structs(value):
        fields = value[0]
    return f"{key} ({', '.join(map(str, fields))})" if fields is not None else key


def _near(word: str, node: Any) -> str:
    return nearest(word, map(str, node)) if isinstance(node, Mapping) else ""


def _vector(path: Path, name: str, value: Any) -> Cells:
    """Return a row or column as cells; raise for anything else."""
    if type(value).__name__ in ("MatlabOpaque", "MatlabFunction", "MatlabObject"):
        raise DataError(f"{path}: '{name}' {TABLE_ADVICE}")
    if isinstance(value, Mapping):
        raise DataError(f"{path}: '{name}' is a struct; name one of its fields: {', '.join(value)}")
    if isinstance(value, str):
        raise DataError(f"{path}: '{name}' is the text '{value[:40]}', not a column of numbers")
    array: NDArray[Any] = np.asarray(value) if not isinstance(value, list) else _objects(value)
    if array.dtype.names:
        raise DataError(f"{path}: '{name}' {TABLE_ADVICE}")
    if array.dtype.kind == "c":
        raise DataError(f"{path}: '{name}' has complex numbers")
    if array.ndim > 1 and max(array.shape) != array.size:
        raise DataError(
            f"{path}: '{name}' is a table of {' x '.join(map(str, array.shape))} numbers; name "
            f"one of its columns, such as {name}[1]"
        )
    flat = array.reshape(-1)
    return flat if flat.dtype.kind in "fiu" else list(flat)


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    """Return a list as an array of objects, whatever is in it."""
    array = np.empty(len(values), dtype=object)
    for at, value in enumerate(values):
        array[at] = value
    return array


def _columns_of_hdf5(path: Path, wanted: Sequence[str]) -> dict[str, Cells]:
    h5py = import_module("h5py")
    try:
        with h5py.File(path, "r") as file:
            return {name: _vector(path, name, _of_hdf5(path, file, name)) for name in wanted}
    except DataError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not a readable MATLAB file ({error})") from error


def _of_hdf5(path: Path, file: Any, name: str) -> Any:
    """Return what stands at a place of an HDF5 file, turned as MATLAB has it."""
    h5py = import_module("h5py")
    node: Any = file
    counted: int | None = None
    for word, number in _parts(path, name):
        if not isinstance(node, h5py.Group) or word not in node or word.startswith("#"):
            there = {key: None for key in node if not key.startswith("#")} if _group(node) else None
            raise DataError(f"{path}: no '{name}'; {_there(there)}{_near(word, there)}")
        node = node[word]
        if counted is not None:
            node = _deref(path, name, file, node, counted)
        counted = number
    if isinstance(node, h5py.Group):
        return dict.fromkeys(node)
    value = _array_of(file, node)
    return value if counted is None else _element(path, name, value, counted)


def _group(node: Any) -> bool:
    h5py = import_module("h5py")
    return isinstance(node, h5py.Group)


def _deref(path: Path, name: str, file: Any, node: Any, number: int) -> Any:
    """Return a field of one element of a struct array."""
    h5py = import_module("h5py")
    if not isinstance(node, h5py.Dataset) or node.dtype != h5py.ref_dtype:
        if number == 1:
            return node
        raise DataError(f"{path}: '{name}': [{number}] is outside 1 to 1")
    if not 1 <= number <= node.size:
        raise DataError(f"{path}: '{name}': [{number}] is outside 1 to {node.size}")
    return file[node[()].reshape(-1)[number - 1]]


def _array_of(file: Any, node: Any) -> Any:
    """Return a dataset as MATLAB shows it: transposed, texts as texts, cells as a list."""
    h5py = import_module("h5py")
    kind = node.attrs.get("MATLAB_class", b"")
    kind = kind.decode() if isinstance(kind, bytes) else str(kind)
    if node.attrs.get("MATLAB_empty"):
        return np.empty(0)
    if node.dtype == h5py.ref_dtype:
        return [_scalar(_array_of(file, file[ref])) for ref in node[()].T.reshape(-1)]
    if kind == "char":
        return "".join(chr(code) for code in node[()].T.reshape(-1))
    if kind == "table" or "MATLAB_object_decode" in node.attrs:
        return np.zeros(1, dtype=[("object", "i4")])
    return np.asarray(node[()]).T


def _scalar(value: Any) -> Any:
    return value.reshape(-1)[0] if isinstance(value, np.ndarray) and value.size == 1 else value
