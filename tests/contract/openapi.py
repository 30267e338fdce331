"""Holds requests and answers against docs/openapi.yaml, for both sides: the emulator and the client."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

PATH = Path(__file__).parents[2] / "docs" / "openapi.yaml"
_URI = "urn:openapi"


class ContractError(AssertionError):
    """A request or an answer is not what the description says; the text says where."""


@cache
def document() -> dict[str, Any]:
    """The description as read from its file."""
    loaded: dict[str, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    return loaded


def check_request(method: str, path: str, body: bytes | str | None) -> None:
    """Check that a request is described: its path (from the host on), method and JSON body.

    Raises:
        ContractError: it is not.
    """
    where = f"{method} {path}"
    described = _operation(method, path).get("requestBody")
    if described is None:
        _require(not body, f"{where}: a body where none is described")
        return
    _require(bool(body), f"{where}: no body")
    _check_content(where, described, "application/json", body or b"")


def check_response(method: str, path: str, status: int, content_type: str | None, body: bytes | str | None) -> None:
    """Check that an answer is described: status, content type (parameters ignored) and body.

    Raises:
        ContractError: it is not.
    """
    where = f"{method} {path} -> {status}"
    responses = _operation(method, path)["responses"]
    described = responses.get(str(status)) or responses.get(f"{str(status)[0]}XX")
    _require(described is not None, f"{where}: the status is not described")
    resolved = _resolved(described)
    if "content" not in resolved:
        _require(not body, f"{where}: a body where none is described")
        return
    _check_content(where, resolved, (content_type or "").partition(";")[0].strip().lower(), body or b"")


def check_schema(name: str, value: object) -> None:
    """Check a decoded JSON value against a named schema.

    Raises:
        ContractError: it does not conform.
    """
    _validate(name, {"$ref": f"{_URI}#/components/schemas/{name}"}, value)


def _operation(method: str, path: str) -> dict[str, Any]:
    plain = unquote(path.partition("?")[0])
    for template, operations in document()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), plain):
            _require(method.lower() in operations, f"{method} {path}: the method is not described")
            operation: dict[str, Any] = operations[method.lower()]
            return operation
    raise ContractError(f"{method} {path}: the path is not described")


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    if reference is None:
        return node
    target: Any = document()
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return dict(target)


def _check_content(where: str, described: dict[str, Any], media_type: str, body: bytes | str) -> None:
    content = described["content"]
    _require(media_type in content, f"{where}: content type {media_type!r}, described: {sorted(content)}")
    value: object = body.decode() if isinstance(body, bytes) else body
    if media_type == "application/json":
        try:
            value = json.loads(body)
        except ValueError:
            raise ContractError(f"{where}: the body is no JSON") from None
    _validate(where, _absolute(content[media_type]["schema"]), value)


def _absolute(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_absolute(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: f"{_URI}{one}" if key == "$ref" else _absolute(one) for key, one in schema.items()}


def _validate(where: str, schema: dict[str, Any], value: object) -> None:
    resource = DRAFT202012.create_resource(document())
    registry: Registry[Any] = Registry().with_resource(_URI, resource)
    validator = Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)
    problems = [f"{error.json_path} {error.message}" for error in validator.iter_errors(value)]
    _require(not problems, f"{where}: {'; '.join(problems)}")


def _require(condition: bool, text: str) -> None:
    if not condition:
        raise ContractError(text)
