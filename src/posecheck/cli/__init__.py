"""The command line: a file per command, thin: options → call → report → exit code."""
