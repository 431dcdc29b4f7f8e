"""Answers a GraphQL document out of plain values: it picks what was selected, and counts what that costs."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from graphql import GraphQLError, parse
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)
from graphql.utilities import value_from_ast_untyped

_PER_MUTATION = 10
_UNSIZED = 10
"""Items a connection without a size is counted as."""

Resolver = Callable[..., Any]


@lru_cache(maxsize=128)
def _parsed(text: str) -> DocumentNode:
    return parse(text)


class Document:
    """A parsed document with its variables. Raises GraphQLError where it cannot be read."""

    def __init__(self, text: str, variables: Mapping[str, Any]):
        parsed = _parsed(text)
        operations = [each for each in parsed.definitions if isinstance(each, OperationDefinitionNode)]
        if len(operations) != 1:
            raise GraphQLError("Exactly one operation is expected.")
        self.operation = operations[0]
        self.fragments = {
            each.name.value: each for each in parsed.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self.variables = dict(variables)

    @property
    def is_mutation(self) -> bool:
        """Whether it writes."""
        return self.operation.operation.value == "mutation"

    def fields(self, selection: SelectionSetNode | None, kind: str = "") -> Iterable[FieldNode]:
        """The fields selected of a value of that kind, fragments opened."""
        for node in selection.selections if selection else ():
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                if not kind or not node.type_condition or node.type_condition.name.value == kind:
                    yield from self.fields(node.selection_set, kind)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments[node.name.value]
                if not kind or fragment.type_condition.name.value == kind:
                    yield from self.fields(fragment.selection_set, kind)

    def arguments(self, field: FieldNode) -> dict[str, Any]:
        """What a field was given; variables that were not sent are left out."""
        return {
            each.name.value: self._value(each.value)
            for each in field.arguments or ()
            if not isinstance(each.value, VariableNode) or each.value.name.value in self.variables
        }

    def key(self, field: FieldNode) -> str | None:
        """The key of a field's @idempotent."""
        for directive in field.directives or ():
            if directive.name.value == "idempotent":
                return next((str(self._value(each.value)) for each in directive.arguments or ()), None)
        return None

    def pick(self, value: Any, field: FieldNode) -> Any:
        """What is selected of a value. A callable gets the field's arguments; an unknown field is an error."""
        if isinstance(value, list):
            return [self.pick(each, field) for each in value]
        if value is None or not isinstance(value, dict):
            return value
        picked: dict[str, Any] = {}
        for each in self.fields(field.selection_set, value.get("__typename", "")):
            name = each.name.value
            if name not in value:
                raise GraphQLError(f"Field '{name}' doesn't exist on type '{value.get('__typename', '?')}'")
            found = value[name]
            picked[(each.alias or each.name).value] = self.pick(
                found(**self.arguments(each)) if callable(found) else found, each
            )
        return picked

    def cost(self) -> int:
        """Points it may cost: an object is one, a connection as many as it may hold, a mutation ten."""
        roots = list(self.fields(self.operation.selection_set))
        return sum(self._cost(each) for each in roots) + _PER_MUTATION * self.is_mutation

    def _cost(self, field: FieldNode) -> int:
        if not field.selection_set:
            return 0
        given = self.arguments(field)
        names = {each.name.value for each in self.fields(field.selection_set)}
        within = sum(self._cost(each) for each in self.fields(field.selection_set))
        if names & {"nodes", "edges"}:
            return within * int(given.get("first") or _UNSIZED)
        many = int(given["first"]) if "first" in given else len(given.get("ids") or [0])
        return (1 + within) * many

    def _value(self, node: ValueNode) -> Any:
        return value_from_ast_untyped(node, self.variables)


def connection(items: Iterable[dict[str, Any]], cursors: Iterable[str] | None = None) -> Resolver:
    """A connection over these items, read by `first` and `after`. Cursors sort as text where they are given."""
    found = list(items)
    marks = list(cursors) if cursors is not None else [f"{index:08d}" for index in range(len(found))]

    def resolve(first: int | None = None, after: str | None = None, **_more: Any) -> dict[str, Any]:
        rest = [(mark, each) for mark, each in zip(marks, found, strict=True) if after is None or mark > after]
        page = rest[: first if first is not None else len(rest)]
        return {
            "nodes": [each for _, each in page],
            "edges": [{"cursor": mark, "node": each} for mark, each in page],
            "pageInfo": {"hasNextPage": len(page) < len(rest), "endCursor": page[-1][0] if page else None},
        }

    return resolve


def listed(items: Iterable[dict[str, Any]]) -> Resolver:
    """A plain list, cut by `first`."""
    found = list(items)

    def resolve(first: int | None = None, **_more: Any) -> list[dict[str, Any]]:
        return found[:first]

    return resolve
