"""How hard the laws are tried."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "laws",
    max_examples=16,
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    # Each example loads a warehouse; hypothesis would rather draw thousands.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
