"""What the rules need to know: shards, inputs, targets, params, resources. Pure: no torch, and nothing is computed.

`prepare` checks and completes the configuration; a `Plan` answers everything else that the rules ask.
"""

from .files import Files
from .following import follow
from .plan import Plan
from .prepare import prepare
from .run import Run
from .settings import Settings

__all__ = ["Files", "Plan", "Run", "Settings", "follow", "prepare"]
