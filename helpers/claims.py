"""The claims ledger: what the post concluded, with evidence and doubt beside each line."""

import csv
import textwrap
from dataclasses import dataclass, field

from helpers.errors import HelpersError
from helpers.paths import DATA

__all__ = ["Ledger"]

WIDTH = 96


def _claims() -> dict[str, str]:
    with (DATA / "claims.csv").open(encoding="utf-8", newline="") as file:
        return {row["claim"]: row["text"] for row in csv.DictReader(file)}


@dataclass
class Ledger:
    """The post's conclusions, in our words, with what speaks for and against each.

    Attributes
    ----------
    claims : dict of str to str
        Short name -> the claim.
    entries : dict of str to dict
        Short name -> {"evidence": ..., "doubt": ..., "verdict": ...}, as far as entered.
    """

    claims: dict[str, str] = field(default_factory=_claims)
    entries: dict[str, dict[str, str]] = field(default_factory=dict)

    def enter(self, claim: str, **lines: str) -> None:
        """Write lines such as evidence=, doubt= or verdict= beside a claim, and keep the rest.

        Raises
        ------
        HelpersError
            For a claim that the ledger does not hold.
        """
        if claim not in self.claims:
            raise HelpersError(
                f"The ledger has no claim {claim!r}; it has {', '.join(self.claims)}."
            )
        self.entries.setdefault(claim, {}).update(lines)

    def __repr__(self) -> str:
        return "\n\n".join(self._paragraph(claim) for claim in self.claims)

    def _paragraph(self, claim: str) -> str:
        lines = {"claim": self.claims[claim], **self.entries.get(claim, {"": "(not judged yet)"})}
        return "\n".join(
            textwrap.fill(
                f"{name:>9}: {text}" if name else f"{'':>9}  {text}",
                WIDTH,
                subsequent_indent=" " * 11,
            )
            for name, text in lines.items()
        )
