"""An OpenAPI document as tests use it: operations, their parameters and answers, with references followed."""
import copy
import datetime
import re
import uuid
from urllib.parse import urlsplit

import jsonschema

FORMATS = jsonschema.FormatChecker(formats=())
METHODS = ("get", "post", "put", "patch", "delete")


@FORMATS.checks("date-time", raises=ValueError)
def is_time(text):
    return not isinstance(text, str) or bool(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


@FORMATS.checks("uuid", raises=ValueError)
def is_uuid(text):
    return not isinstance(text, str) or str(uuid.UUID(text)) == text


@FORMATS.checks("uri")
def is_uri(text):
    return not isinstance(text, str) or bool(urlsplit(text).scheme and urlsplit(text).netloc)


@FORMATS.checks("int64")
def is_int64(number):
    return not isinstance(number, int) or -2**63 <= number < 2**63


def closed(schema):
    """The same schema, in which objects hold nothing that is not described."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if isinstance(made.get("properties"), dict) and "additionalProperties" not in made:
        made["additionalProperties"] = False
    return made


class Operation:
    def __init__(self, document, path, method):
        self.document, self.path, self.method = document, path, method
        self.raw = document.raw["paths"][path][method]
        shared = document.raw["paths"][path].get("parameters", [])
        self.parameters = [document.follow(p) for p in shared + self.raw.get("parameters", [])]
        self.query = {p["name"]: p for p in self.parameters if p["in"] == "query"}
        self.arguments = [p["name"] for p in self.parameters if p["in"] == "path"]
        self.responses = {status: document.follow(answer) for status, answer in self.raw["responses"].items()}
        self.is_open = self.raw.get("security") == []

    def __repr__(self):
        return f"{self.method.upper()} {self.path}"

    def check(self, got):
        """An answer of the server against what is said of its status."""
        assert str(got.status) in self.responses, f"{self} answered {got.status}, which is not described: {got.text[:300]}"
        said = self.responses[str(got.status)]
        for name, header in said.get("headers", {}).items():
            required = self.document.follow(header).get("required", False)
            assert name in got.headers or not required, f"{self} {got.status}: no {name}"
        if "content" not in said:
            assert got.body == b""
            return
        kind = (got.headers["Content-Type"] or "").split(";")[0]
        assert kind in said["content"], f"{self} {got.status} came as {kind}"
        if kind == "application/json":
            self.document.validate(said["content"][kind]["schema"], got.json(), f"{self} {got.status}")

    def properties(self, status="200"):
        """The fields of a record in the answer."""
        schema = self.document.follow(self.responses[status]["content"]["application/json"]["schema"])
        if "results" in schema.get("properties", {}):
            schema = schema["properties"]["results"]
        return self.document.follow(schema.get("items", schema))["properties"]


class Document:
    def __init__(self, raw):
        self.raw = raw
        self.closed = closed(copy.deepcopy(raw))
        self.resolver = jsonschema.RefResolver.from_schema(self.closed)
        self.operations = [Operation(self, path, method) for path, item in raw["paths"].items()
                           for method in METHODS if method in item]

    def follow(self, value):
        while isinstance(value, dict) and "$ref" in value:
            place = self.raw
            for part in value["$ref"].removeprefix("#/").split("/"):
                place = place[part]
            value = place
        return value

    def validate(self, schema, value, what):
        validator = jsonschema.Draft202012Validator(closed(schema), resolver=self.resolver, format_checker=FORMATS)
        errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(value)]
        assert not errors, f"{what}: {errors[:3]}"

    def operation(self, method, path):
        return next(op for op in self.operations if (op.method, op.path) == (method, path))


def parameter_names(path):
    return re.findall(r"{(\w+)}", path)
