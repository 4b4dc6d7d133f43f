"""Writes the JSON schema of a useq MDASequence, as pydantic says it, without titles and descriptions.

python3 generators/useq.py references/useq   (needs useq-schema==0.9.1)
"""

import json
import sys
from pathlib import Path

import useq


def bare(value, is_properties=False):
    """Leaves out what is only for people to read."""
    if isinstance(value, list):
        return [bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {k: v for k, v in value.items() if is_properties or k not in ("title", "description", "examples")}
    return {k: bare(v, not is_properties and k in ("properties", "$defs")) for k, v in kept.items()}


schema = bare(useq.MDASequence.model_json_schema())
target = Path(sys.argv[1]) / "mda-sequence.schema.json"
target.write_text(json.dumps(schema, indent=1) + "\n")
