"""How large the driver's objects and classes are: counted on one NIC with two open sockets."""

import inspect
from collections.abc import Iterator
from typing import Any

from tools.budgets import ATTRIBUTES, BOOLEANS, METHODS
from tools.rig import Rig

from .rigs import SINK, ready
from .row import Row

_GROUP = "objects and classes"


def objects(rig: Rig) -> list[Any]:
    """Every object of the driver's own classes that is reached from the NIC."""
    package = rig.bc25.__name__
    found: dict[int, Any] = {}
    todo: list[Any] = [rig.nic]
    while todo:
        thing = todo.pop()
        if isinstance(thing, dict | list | tuple | set):
            todo += [*thing, *(thing.values() if isinstance(thing, dict) else ())]
        elif inspect.ismethod(thing):
            todo.append(thing.__self__)
        elif type(thing).__module__.startswith(package) and id(thing) not in found:
            found[id(thing)] = thing
            todo += attributes(thing).values()
    return list(found.values())


def attributes(thing: Any) -> dict[str, Any]:
    """What an object holds."""
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return {name: getattr(thing, name) for name in slots if hasattr(thing, name)} | getattr(
        thing, "__dict__", {})


def flags(thing: Any) -> int:
    """Attributes that are True or False."""
    return sum(isinstance(value, bool) for value in attributes(thing).values())


def methods(kind: type) -> int:
    """Methods of a class, those it inherits from others of the driver too."""
    package = kind.__module__.partition(".")[0]
    return len({name for base in kind.__mro__ if base.__module__.startswith(package)
                for name, value in vars(base).items() if inspect.isfunction(value)})


def rows() -> Iterator[Row]:
    """The largest of each."""
    rig = ready()
    sockets = [rig.socket(SINK), rig.socket(SINK, udp=True)]
    found = [*objects(rig), *sockets]
    largest = max(found, key=lambda thing: len(attributes(thing)))
    yield Row(_GROUP, "attributes of the largest object", len(attributes(largest)), "",
              ATTRIBUTES, note=type(largest).__name__)
    largest = max(found, key=flags)
    yield Row(_GROUP, "booleans among an object's attributes", flags(largest), "", BOOLEANS,
              note=type(largest).__name__)
    kind = max({type(thing) for thing in found}, key=methods)
    yield Row(_GROUP, "methods of the largest class", methods(kind), "", METHODS,
              note=kind.__name__)
