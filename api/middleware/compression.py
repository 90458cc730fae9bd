"""Text is sent compressed to those who ask for it."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

_COMPRESSED = (
    "application/vnd.apache.arrow.stream",
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
"""Formats that are compressed already, or that compressing would only slow down."""

GZIP = Middleware(
    GZipMiddleware,
    minimum_size=1024,
    compresslevel=1,
    exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, *_COMPRESSED),
)
"""The fastest level: on a fast line a better one would cost more time than it saves."""
