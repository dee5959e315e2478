"""The file system: content, links, locks, folders, and names that are given once."""
