"""The tests: a package, because a library among the writers installs one of this name."""
