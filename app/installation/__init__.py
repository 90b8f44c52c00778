"""What `./pantau` does around the application: the database server, browser assets, child processes.

It speaks in two languages from pairs written in the code: it must speak before translations are compiled.
"""
