"""Where an NWB file is, and what lies around it: a source opens as a file object.

`local_source` is for files on this machine. Reading, probing and the engine know no other way to a
file, so a file elsewhere needs another source and nothing else.
"""
