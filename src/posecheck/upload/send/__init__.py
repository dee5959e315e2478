"""How files get into an archive."""
