"""What importers share; a format is a module of the folder above."""
