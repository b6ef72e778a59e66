"""The JSON Schema of deployments, generated from the models."""

from __future__ import annotations

from typing import Any

from rackplan.deployment import Deployment


def deployment_schema() -> dict[str, Any]:
    """The schema that editors use to complete and check a deployment file."""
    schema = Deployment.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
