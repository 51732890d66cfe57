"""What steps ask of a judge: one file for each kind of question."""
