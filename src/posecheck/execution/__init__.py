"""A task over many jobs, under limits: nothing here knows of rules or of NWB files."""
