"""Backups: taken of a running installation, checked, put back into an empty one, and drilled."""
