"""From pydantic's findings to problems with a rule code, a place and a remedy."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import ErrorDetails

from rackplan.errors import InputError, Path, Problem, nearest, path_text
from rackplan.load.yaml_document import Document
from rackplan.units import SCALES

MAX_HINTS = 200
"""Unknown keys that are compared with the known ones: the rest of a hopeless file is only told."""

M = TypeVar("M", bound=BaseModel)

_TYPE_WORDS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "a text",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
}
_BOUND_WORDS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
    "less_than": ("less than", "lt"),
}


def validate(model: type[M], document: Document, data: Any = None) -> M:
    """A model from a document's data (or from `data`, which came from it).

    Raises:
        InputError: everything that does not fit the model, each with its place (RP101-RP110).
    """
    content = document.data if data is None else data
    if not isinstance(content, dict):
        wanted = ", ".join(
            name for name, field in model.model_fields.items() if field.is_required()
        )
        empty = content is None and not document.values
        message = "the file is empty" if empty else f"expected a mapping, found {describe(content)}"
        problem = Problem("RP007", message, f"start with the keys {wanted}" if wanted else "")
        raise InputError([document.place(problem)])
    try:
        return model.model_validate(content)
    except ValidationError as error:
        details = [detail for detail in error.errors(include_url=False) if _counts(detail)]
        problems = [
            translate(detail, model, content, nearby=index < MAX_HINTS)
            for index, detail in enumerate(details)
        ]
        raise InputError([document.place(problem) for problem in problems]) from error


def _counts(detail: ErrorDetails) -> bool:
    """Whether a finding stands for itself: a list is not too short because its items are wrong."""
    if detail["type"] != "too_short":
        return True
    return len(detail["input"]) < int(detail.get("ctx", {})["min_length"])


def translate(
    detail: ErrorDetails, model: type[BaseModel], data: Any, *, nearby: bool = True
) -> Problem:
    """One finding of pydantic as a problem; `nearby` asks for the known key that resembles."""
    kind = detail["type"]
    path = _data_path(detail["loc"], data, keep_last=kind in ("missing", "extra_forbidden"))
    context = detail.get("ctx", {})
    if (wrong_keys := _KEY_FINDINGS.get(kind)) is not None:
        return wrong_keys(path, model, data, detail, nearby)
    here = path_text(path) or "the file"
    value = detail["input"]
    if kind.startswith("RP"):
        hint = str(context.get("hint", ""))
        if detail["loc"][-1] == "[key]":
            inside = path_text(path[:-1])
            message = f"{inside}: the key '{value}' {detail['msg']}"
            return Problem(kind, message, hint, path, at_key=True)
        return Problem(kind, _rule_message(here, detail["msg"], value), hint, path)
    if kind in ("too_short", "too_long", "string_too_long"):
        return Problem("RP103", f"{here} {_length_message(context)}", "", path)
    code, wanted = _wanted(kind, detail["msg"], context)
    hint = _type_hint(kind, value, path) if code == "RP102" else ""
    return Problem(code, f"{here} {wanted}, found {describe(value)}", hint, path)


_KEY_FINDINGS: dict[str, Callable[..., Problem]] = {
    "extra_forbidden": lambda path, model, data, _, nearby: _unknown_key(
        path, model, data, nearby=nearby
    ),
    "missing": lambda path, model, data, *_: _missing_key(path, model, data),
    "union_tag_invalid": lambda path, model, _, detail, __: _wrong_tag(path, model, detail),
    "union_tag_not_found": lambda path, model, _, detail, __: _wrong_tag(path, model, detail),
}
"""What is wrong with keys and not with a value, by pydantic's word for it."""


def _rule_message(here: str, told: str, value: Any) -> str:
    """What a rule of our own found: it says what must be, what the value is, or all of it."""
    if told.startswith("must "):
        return f"{here} {told}, found {describe(value)}"
    return f"{here}: {describe(value)} {told}" if told.startswith("is ") else f"{here}: {told}"


def _length_message(context: Mapping[str, Any]) -> str:
    unit = "character" if "max_length" in context and context.get("field_type") is None else "item"
    bound = context.get("min_length") or context.get("max_length")
    words = "at least" if "min_length" in context else "at most"
    plural = "" if bound == 1 else "s"
    found = context.get("actual_length")
    return f"must have {words} {bound} {unit}{plural}" + (f", found {found}" if found else "")


def _wrong_tag(path: Path, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    """The key that tells kinds of one mapping apart is missing, or names no kind."""
    value, context = detail["input"], detail.get("ctx", {})
    key = str(context["discriminator"]).strip("'")
    words = [
        str(word)
        for candidate in _models_at(model, path, None)
        for word in get_args(candidate.model_fields[key].annotation)
    ]
    told = ", ".join(f"'{word}'" for word in words)
    if "tag" not in context or not isinstance(value[key], str):
        message = f"missing key '{key}' in {path_text(path)}"
        return Problem("RP101", message, f"add '{key}' with one of {told}", path)
    near = nearest(str(context["tag"]), words, most=1)
    hint = f"did you mean '{near[0]}'?" if near else ""
    message = f"{path_text((*path, key))} must be one of {told}, found {describe(value[key])}"
    return Problem("RP105", message, hint, (*path, key))


def _missing_key(path: Path, model: type[BaseModel], data: Any) -> Problem:
    key, where = str(path[-1]), path_text(path[:-1])
    message = f"missing key '{key}'{' in ' + where if where else ''}"
    field = _fields_at(model, path[:-1], data).get(key)
    wanted = field.annotation if field is not None else None
    choices = get_args(wanted) if get_origin(wanted) is Literal else ()
    hint = f"add '{key}: {choices[0]}'" if len(choices) == 1 else "add it"
    return Problem("RP101", message, hint, path[:-1])


def _wanted(kind: str, message: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """The rule code of a finding, and what the value should have been."""
    if kind == "finite_number":
        return "RP106", "must be a finite number"
    if kind in _BOUND_WORDS:
        words, key = _BOUND_WORDS[kind]
        return "RP103", f"must be {words} {context[key]:,.12g}"
    if kind == "literal_error":
        allowed = str(context["expected"]).replace(" or ", ", ")
        return "RP105", f"must be {'one of ' if ', ' in allowed else ''}{allowed}"
    if kind in _TYPE_WORDS:
        return "RP102", f"must be {_TYPE_WORDS[kind]}"
    return "RP103", message[:1].lower() + message[1:]


def _type_hint(kind: str, value: Any, path: Path) -> str:
    """What to write instead, where the value leaves no doubt."""
    if kind in ("int_type", "float_type") and isinstance(value, str):
        if re.fullmatch("[0-9]{1,15}", value):
            return f"write {int(value)}, without quotes or leading zeros"
        units = SCALES.get(str(path[-1]).rpartition("_")[2], {}) if path else {}
        base = [unit for unit, size in units.items() if size == 1]
        return f"write a bare number, in {base[0]}" if base and kind == "float_type" else ""
    if kind in ("int_type", "int_from_float") and isinstance(value, float):
        return f"write {int(value)}" if value.is_integer() and abs(value) < 1e15 else ""
    if kind in ("tuple_type", "list_type"):
        return "begin each item with '- '" if isinstance(value, str | dict) else ""
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "put it in quotes"
    return ""


def _unknown_key(path: Path, model: type[BaseModel], data: Any, *, nearby: bool) -> Problem:
    key = str(path[-1])
    where = path_text(path[:-1])
    message = f"unknown key '{key}'{' in ' + where if where else ''}"
    if not nearby:
        return Problem("RP104", message, "remove it", path, at_key=True)
    allowed = list(_fields_at(model, path[:-1], data))
    near = nearest(key, allowed, most=1)
    hint = f"did you mean '{near[0]}'?" if near else f"allowed: {', '.join(allowed)}"
    if key == "<<":
        hint = "merge keys are not read; write the keys out"
    return Problem("RP104", message, hint, path, at_key=True)


def describe(value: Any) -> str:
    """A value as a message names it: its kind and, when short, itself."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{value if len(value) <= 40 else value[:37] + '...'}'"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return f"{value:,}" if isinstance(value, int) else f"{value}"


def _data_path(loc: tuple[int | str, ...], data: Any, *, keep_last: bool) -> Path:
    """Pydantic's location without the parts that are not in the data (union tags, wrappers)."""
    path: list[str | int] = []
    current: Any = data
    for index, part in enumerate(loc):
        in_mapping = isinstance(current, dict) and part in current
        in_list = isinstance(current, list) and isinstance(part, int) and part < len(current)
        if in_mapping or in_list:
            current = current[part]
            path.append(part)
        elif keep_last and index == len(loc) - 1:
            path.append(part)
    return tuple(path)


def _fields_at(model: type[BaseModel], path: Path, data: Any) -> dict[str, Any]:
    """The fields of the model that stands at a data path."""
    return {
        name: field
        for candidate in _models_at(model, path, data)
        for name, field in candidate.model_fields.items()
        if not field.exclude
    }


def _models_at(model: type[BaseModel], path: Path, data: Any) -> list[type[BaseModel]]:
    """The models that may stand at a data path; the data tell kinds of one mapping apart."""
    candidates: list[Any] = [model]
    if issubclass(model, RootModel):
        candidates = _plain(model.model_fields["root"].annotation)
    for part in path:
        candidates = [found for candidate in candidates for found in _step(candidate, part)]
        inside = isinstance(data, dict) and part in data
        data = data[part] if inside or (isinstance(data, list) and isinstance(part, int)) else None
    models = [
        candidate
        for candidate in candidates
        if isinstance(candidate, type) and issubclass(candidate, BaseModel)
    ]
    if len(models) > 1 and isinstance(data, dict):
        return [candidate for candidate in models if _takes(candidate, data)]
    return models


def _takes(model: type[BaseModel], data: Mapping[str, Any]) -> bool:
    """Whether the words that tell models apart are the model's."""
    return all(
        data.get(name) in get_args(field.annotation)
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is Literal and field.is_required()
    )


def _step(annotation: Any, part: str | int) -> list[Any]:
    """The types that a key or an index of a type leads to."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(part))
        return _plain(field.annotation) if field else []
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (tuple, list) and isinstance(part, int):
        return _plain(arguments[0])
    if origin is dict:
        return _plain(arguments[1])
    return []


def _plain(annotation: Any) -> list[Any]:
    """The members of a type with Annotated and Union taken apart."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _plain(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [plain for member in get_args(annotation) for plain in _plain(member)]
    return [annotation]
