"""The proof that a rollback is over, or a person paged, within the deadline: computed from the synthesized stacks.

Nothing of what the stacks were made from is asked: what Terraform would deploy is what is bounded.
"""

from __future__ import annotations

from modules.proof.assumptions import Assumption
from modules.proof.checking import disproved
from modules.proof.deployed import Deployed, SynthesizedError, deployed
from modules.proof.proving import Case, Proof, prove
from modules.proof.segments import Segment

__all__ = ["Assumption", "Case", "Deployed", "Proof", "Segment", "SynthesizedError", "deployed", "disproved", "prove"]
