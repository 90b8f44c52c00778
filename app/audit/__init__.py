"""The record that nobody can quietly rewrite: sealing it, taking it out, and verifying it."""
