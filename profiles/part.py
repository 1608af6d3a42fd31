"""What every section of a profile is: a frozen pydantic model with camelCase keys and none but its own."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Part(BaseModel):
    """A section of a profile. The lines below a field are its description in the JSON Schema."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, use_attribute_docstrings=True
    )
