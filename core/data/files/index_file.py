"""A listing in a file: Arrow's format for arrays in memory, and a checksum behind it.

Arrow's arrays are used where they lie in the file, so that a million names take no memory that the
system could not have back. The checksum comes first, because nothing is to be asked of a damaged
file.
"""

import json
import tempfile
import zlib
from pathlib import Path

import numpy as np

from core.data.files.listing import Head, Listing, Names

_HEADS = b"heads"
_CHECKSUM_BYTES = 4


def write(path: Path, listing: Listing) -> None:
    """Put the file in place in one step; its folder is made if need be. Raises OSError."""
    import pyarrow as pa

    heads = json.dumps([vars(head) for head in listing.heads])
    schema = pa.schema(
        [("name", pa.large_binary()), ("size", pa.int64()), ("mark", pa.int64())],
        {_HEADS: heads.encode()},
    )
    buffers = [None, pa.py_buffer(listing.names.bounds), pa.py_buffer(listing.names.text)]
    names = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(listing), buffers)
    columns = [names, pa.array(listing.sizes), pa.array(listing.marks)]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(pa.record_batch(columns, schema=schema))
    content = memoryview(sink.getvalue())

    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / path.name
        with made.open("wb") as file:
            file.write(content)
            file.write(_checksum(content))
        made.replace(path)


def read(path: Path) -> Listing | None:
    """The listing in a file, mapped into memory; None where there is none, or it is damaged."""
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as source:
            content = source.read_buffer()
        length = content.size - _CHECKSUM_BYTES
        if length < 0 or _checksum(memoryview(content)[:length]) != content[length:].to_pybytes():
            return None
        with pa.ipc.open_file(content[:length]) as reader:
            batch = reader.get_batch(0)
        heads = tuple(Head(**head) for head in json.loads(batch.schema.metadata[_HEADS]))
        _, bounds, text = batch.column("name").buffers()
        sizes, marks = (batch.column(column).to_numpy() for column in ("size", "mark"))
    # ValueError: a path in no encoding. KeyError and TypeError: an index of another release.
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError):
        return None
    bounds = np.frombuffer(bounds, np.int64)[: len(batch) + 1]
    return Listing(heads, Names(np.frombuffer(text, np.uint8), bounds), sizes, marks)


def _checksum(content: memoryview) -> bytes:
    return zlib.crc32(content).to_bytes(_CHECKSUM_BYTES, "big")
