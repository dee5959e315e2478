"""What a plan to fix is, and which fixes can be made together: no input or output."""
