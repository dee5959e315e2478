"""Change strings of an HDF5 file, and prove that nothing else changed."""
