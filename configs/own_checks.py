"""A check of one's own, for `custom_evaluation`: a number from 0 to 1, True or False, or None where nothing applies."""

from fieval.model import Interaction, Output

LONGEST = 120


def is_short(interaction: Interaction, output: Output) -> bool:
    """Whether the summary is no longer than that."""
    return 0 < len(output.summary.split()) <= LONGEST
