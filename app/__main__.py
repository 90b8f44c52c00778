"""`python -m app`: what `./pantau` calls once Python is ready."""

from app.cli import main

main()
