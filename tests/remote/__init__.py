"""Files elsewhere: a web server with ranges and faults, and what is read from it."""
