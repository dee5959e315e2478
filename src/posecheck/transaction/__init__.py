"""Carry out changes of files with a journal, so that each can be resumed and undone."""
