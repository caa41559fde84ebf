"""Check a parsed TOML document against the specification and note every fault, not just the first."""

from collections.abc import Mapping
from typing import Any

from challenges.errors import Collector, did_you_mean
from challenges.schema import Key, Table


def read_table(document: Mapping[str, Any], table: Table, *, where: str, faults: Collector) -> dict[str, Any]:
    """Return the table's values with defaults filled in, noting every fault.

    Parameters
    ----------
    document : mapping
        The parsed TOML table.
    table : Table
        Its specification.
    where : str
        Path of the table for messages, empty at the top level.
    faults : Collector
        Receives unknown keys, missing keys and wrong values.

    Returns
    -------
    dict
        One entry per specified key; a value at fault is None, so callers build nothing while faults are noted.
    """
    for name in document:
        if name not in table.names():
            faults.add(where, name, f"unknown key{did_you_mean(name, table.names())}")
    return {key.name: _value(document, key, where=where, faults=faults) for key in table.keys}


def _value(document: Mapping[str, Any], key: Key, *, where: str, faults: Collector) -> Any:
    if key.name not in document:
        if key.required:
            faults.add(where, key.name, f"is missing: {key.meaning}")
        return () if key.many else key.default
    value = document[key.name]
    if key.table is not None:
        return _nested(value, key, key.table, where=where, faults=faults)
    if fault := key.kind.check(value):
        faults.add(where, key.name, fault)
        return None
    return value


def _nested(value: Any, key: Key, table: Table, *, where: str, faults: Collector) -> Any:
    path = f"{where}.{key.name}" if where else key.name
    if not key.many:
        if not isinstance(value, Mapping):
            faults.add(where, key.name, f"expected a table [{path}]")
            return None
        return read_table(value, table, where=path, faults=faults)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        faults.add(where, key.name, f"expected tables, each headed [[{path}]]")
        return ()
    if key.required and not value:
        faults.add(where, key.name, "is empty; at least one is needed")
    return tuple(
        read_table(item, table, where=f"{path}[{position}]", faults=faults) for position, item in enumerate(value, 1)
    )
