"""One module for the commands of one noun; app/cli.py lists them."""
