"""What is to be moved where, and what is to be rewritten: decided from facts, without I/O."""
