"""A plugin of mypy: an attribute of the driver that begins as None may be anything later.

What it becomes is another part's object. To name that part's class in an annotation the driver
would have to import it on the board, for mypy alone.
"""

from collections.abc import Callable

from mypy.plugin import AttributeContext, Plugin
from mypy.types import AnyType, NoneType, Type, TypeOfAny, get_proper_type


class NoneFirst(Plugin):
    """Attributes of bc25's classes that were inferred to be None are Any."""

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        """Called by mypy for each attribute that is read or set."""
        return _any_for_none if fullname.startswith("bc25.") else None


def _any_for_none(context: AttributeContext) -> Type:
    found = context.default_attr_type
    if isinstance(get_proper_type(found), NoneType):
        return AnyType(TypeOfAny.unannotated)
    return found


def plugin(version: str) -> type[Plugin]:
    """Where mypy begins."""
    return NoneFirst
