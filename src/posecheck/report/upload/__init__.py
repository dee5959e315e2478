"""Uploads for a person: plans, results and unfinished uploads."""
