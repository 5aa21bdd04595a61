"""The longest that a state machine can take, of any definition in Amazon States Language.

What it promises: no execution takes longer from its start to the end of a state that ends it, if each call is over by
its state's TimeoutSeconds (which counts from the call's start), and a Map runs as many items at once as its
MaxConcurrency lets it. What Step Functions itself takes between states is not in it.

How: each state is given its longest time (`durations`). A loop is passed as often as a counter lets it (`counters`,
`loops`), or until a clock has closed a way that every round of it passes (`clocks`). The longest way is found over the
graph without its repetitions (`walk`), and every repetition that a counter allows is added at the longest that one can
take. Without a loop that is the longest path; with loops it is proven, and never too low.

`Bound.explain` says of each state what its numbers do to the bound (`explaining`).
"""

from __future__ import annotations

from modules.bound.bounding import Bound, bound
from modules.bound.clocks import Clock
from modules.bound.explaining import Explained
from modules.bound.problems import UnboundError
from modules.bound.rows import Row

__all__ = ["Bound", "Clock", "Explained", "Row", "UnboundError", "bound"]
