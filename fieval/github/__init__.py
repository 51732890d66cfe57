"""What GitHub is told of a run: job summary, annotations, outputs of a step, and a comment on the pull request.

Nothing here decides anything: the verdict was reached before, and whatever fails here leaves it as it was.
"""
