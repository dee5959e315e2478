"""DANDI's conventions: what the files and folders of a dandiset are called. Pure."""
