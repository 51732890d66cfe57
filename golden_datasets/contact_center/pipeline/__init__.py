"""The pipeline whose outputs the bundled dataset ships: speech to text to summary, labels and scores."""
