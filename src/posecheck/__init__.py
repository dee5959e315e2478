"""Check, organize and upload NWB pose recordings for the DANDI Archive."""
