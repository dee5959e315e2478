"""The gate of a dataset repository: what was known before, and what changed since a revision."""
