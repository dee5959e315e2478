"""The facts that a plan to organize is made from: all that looks at the disk."""
