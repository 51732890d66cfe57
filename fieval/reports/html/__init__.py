"""`report.html`: the whole run in one file for a browser, from the verdict down to single interactions."""

from __future__ import annotations

from fieval.model import Inside, Run
from fieval.reports.base import Format


class Html(Format):
    """One page without network or build step; written where the run's interactions are within reach.

    It holds what people said with `show_text` only; without, no evidence but numbers and labels of the closed sets.
    """

    name = "html"
    file_name = "report.html"
    keeps_text = True

    def wanted(self, run: Run) -> bool:
        return run.inside is not None

    def render(self, run: Run, *, show_text: bool = False) -> str:
        """Same run, same bytes; a run whose inputs are not within reach has no interactions, and says so."""
        from fieval.reports.html.page import page

        return page(run, texts=show_text)


def begin(inside: Inside) -> None:
    """Has other processes, where there are some, begin with what a page with texts will ask for."""
    from fieval.reports.html.cases import parts
    from fieval.reports.html.singles import packed_texts

    if not inside.large:
        inside.begin(packed_texts, parts(inside))
