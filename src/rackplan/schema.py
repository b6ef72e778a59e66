"""The JSON Schema of deployments, generated from the models."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from rackplan.deployment import Deployment


def deployment_schema() -> dict[str, Any]:
    """The schema that editors use to complete and check a deployment file."""
    schema = Deployment.model_json_schema(mode="validation", schema_generator=_WithDocstrings)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


class _WithDocstrings(GenerateJsonSchema):
    """Describes every key by the text below its field in the model's source.

    Pydantic's own `use_attribute_docstrings` does so when a class is made, which costs every
    start of the program a third of a second; only the schema and the reference need the texts.
    """

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        for name, text in attribute_docs(schema["cls"]).items():
            if name in found.get("properties", {}):
                found["properties"][name].setdefault("description", text)
        return found


def attribute_docs(model: type[Any]) -> dict[str, str]:
    """The texts below the fields of a model and of the models it derives from."""
    docs: dict[str, str] = {}
    for base in reversed(model.__mro__):
        docs |= _module_docs(base.__module__).get(base.__qualname__.partition("[")[0], {})
    return docs


@cache
def _module_docs(name: str) -> dict[str, dict[str, str]]:
    """By class, the texts below its annotated attributes; one reading of each module."""
    if not name.startswith("rackplan."):
        return {}
    import sys

    tree = ast.parse(inspect.getsource(sys.modules[name]))
    return {
        node.name: {
            field.target.id: inspect.cleandoc(text.value.value)
            for field, text in zip(node.body, node.body[1:], strict=False)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        }
        for node in tree.body if isinstance(node, ast.ClassDef)
    }  # fmt: skip
