"""What all parts of cubes.json are made of: names, texts in several languages, types of columns."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]
TextDoc = Annotated[
    str | dict[Language, str],
    Field(description='Text in one language, or by language: {"en": "Sales", "ko": "매출"}.'),
]
TypeName = Annotated[
    str,
    Field(
        pattern=r"^(int|float|text|bool|date|timestamp|decimal\(\d{1,2}\))$",
        description="int, float, decimal(SCALE), text, bool, date or timestamp.",
    ),
]


class Part(BaseModel):
    """What every part of the document keeps to: no unknown fields, never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Described(Part):
    """A part that people see by name."""

    label: TextDoc | None = None
    """What people read instead of the name."""
    description: TextDoc | None = None
    """One or two sentences for a tooltip."""
