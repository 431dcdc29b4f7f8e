"""Reading a request into models: every mistake becomes a sentence that names its field."""

from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, TypeAdapter, ValidationError

from oms_app.api.errors import NotJson
from oms_app.api.fields import COUNTRY, NO_NUL, Query
from oms_app.domain.errors import Malformed

Model = TypeVar("Model", bound=BaseModel)


_BOUNDS = {
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "less_than": "less than {lt}",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least {min_length}",
    "too_long": "at most {max_length}",
}
_WRONG_FORM = {NO_NUL: "holds a NUL character", COUNTRY: "expected a country's two letters, like IN"}


def read_body(model: type[Model], body: bytes, content_type: str) -> Model:
    """The JSON body as the model. Raises NotJson or Malformed."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise NotJson(f"Send JSON with “Content-Type: application/json”, not “{kind}”.", details={"content_type": kind})
    if not body.strip():
        raise Malformed("The request has no body; send a JSON object.", details={"fields": []})
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise _malformed(error, model) from None


def read_query(model: type[Model] | None, raw: bytes) -> Model | None:
    """The query string as the model; without one any parameter is a mistake."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise Malformed("The query string is not percent-encoded UTF-8.") from None
    given = dict(pairs)
    if len(given) < len(pairs):
        raise Malformed("A query parameter is given twice; write it once.")
    if model is None:
        if given:
            raise Malformed(f"This address takes no query parameters, but has “{next(iter(given))}”.")
        return None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _malformed(error, model) from None


def read_path(adapters: dict[str, TypeAdapter[Any]], given: dict[str, str]) -> dict[str, Any]:
    """Path parameters as their types."""
    try:
        return {name: adapter.validate_python(given[name]) for name, adapter in adapters.items()}
    except ValidationError as error:
        raise Malformed(f"The address is not right: {_sentence(error.errors()[0], None)}") from None


def _malformed(error: ValidationError, model: type[BaseModel]) -> Malformed:
    found = error.errors(include_url=False, include_context=True)
    fields = [{"field": _field(each["loc"]), "message": _sentence(each, model)} for each in found]
    more = f" (and {len(fields) - 1} more)" if len(fields) > 1 else ""
    return Malformed(fields[0]["message"] + more, details={"fields": fields[:50]})


def _sentence(problem: Any, model: type[BaseModel] | None) -> str:
    where, kind = _field(problem["loc"]), problem["type"]
    if kind == "json_invalid":
        return f"The body is not JSON: {problem['ctx']['error']}."
    if kind == "missing":
        return f"The field “{where}” is missing."
    if kind == "extra_forbidden":
        word = "parameter" if model and issubclass(model, Query) else "field"
        return f"There is no {word} “{where}”.{_known(model) if len(problem['loc']) == 1 else ''}"
    if kind == "string_pattern_mismatch":
        return f"“{where}”: {_WRONG_FORM.get(problem['ctx']['pattern'], 'does not have the expected form')}."
    if kind in _BOUNDS:
        return f"“{where}”: expected {_BOUNDS[kind].format_map(problem['ctx'])}."
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ").rstrip(".")
    wanted = message if problem["msg"].startswith("Value error") else f"expected {message}"
    return f"“{where}”: {wanted}." if where else f"The body: {wanted}."


def _known(model: type[BaseModel] | None) -> str:
    names = [field.alias or name for name, field in model.model_fields.items()] if model else []
    return f" Known are: {', '.join(names)}." if names else ""


def _field(location: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in location if part != "function-after")
