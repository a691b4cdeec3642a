#!/usr/bin/env python3
"""Checks the shipped scenarios against docs/scenario.schema.json, and that it refuses broken ones."""

import copy
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed", file=sys.stderr)
    sys.exit(77)

schema = json.loads(pathlib.Path("docs/scenario.schema.json").read_text())
Validator = jsonschema.validators.validator_for(schema)
Validator.check_schema(schema)
validator = Validator(schema)


def objects(value, path=()):
    """Every object that has fields of its own, with its path; `nodes` has names instead."""
    if isinstance(value, dict):
        if path != ("nodes",):
            yield path
        for key, member in value.items():
            yield from objects(member, path + (key,))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from objects(element, path + (index,))


failures = 0
scenarios = sorted(pathlib.Path("scenarios").glob("*.json"))
for file in scenarios:
    scenario = json.loads(file.read_text())
    for error in validator.iter_errors(scenario):
        failures += 1
        print(f"{file}: {list(error.path)}: {error.message}", file=sys.stderr)
    seen = set()
    for path in objects(scenario):
        # One of each kind is enough: paths that differ in names and indices only are alike.
        kind = tuple("*" if isinstance(p, int) or path[i - 1:i] == ("nodes",) else p for i, p in enumerate(path))
        if kind in seen:
            continue
        seen.add(kind)
        broken = copy.deepcopy(scenario)
        target = broken
        for step in path:
            target = target[step]
        target["no_such_field"] = 1
        if validator.is_valid(broken):
            failures += 1
            print(f"{file}: an unknown field is accepted in {list(path)}", file=sys.stderr)

if not scenarios:
    sys.exit("no scenarios")
sys.exit(1 if failures else 0)
