"""One-pass reducers over blocks of an array: what an array is like, in bounded memory."""
