"""Try fixes on views of files, in workers, and say what they come to."""
