"""The client of a DANDI archive: which one, which account, and what it holds.

It knows nothing of uploads: whatever reads or lists what an archive holds may use it.
"""
