"""A finished report as text: terminal and JSON."""
