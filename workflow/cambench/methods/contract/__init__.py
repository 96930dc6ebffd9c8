"""For a user's own file of a method: what it imports, and the test that it keeps the contract.

The file imports `Batch`, and `Range` for its settings, from here. A test of it is one line of a file that pytest finds:

    from cambench.methods.contract import check

    def test_mine():
        check("my_methods/mine.py")
"""

from .._contract import Batch
from .._settings import Range
from .check import check, problems

__all__ = ["Batch", "Range", "check", "problems"]
