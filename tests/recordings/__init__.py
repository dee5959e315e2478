"""Real files for the end-to-end tests: careful ones, and ones with a known fault each.

``written`` writes what a careful lab would share, ``defects`` plants one fault at a time in a copy,
``planted`` holds the file that passes every validator and is wrong, ``legacy`` is what older
versions of ndx-pose wrote, ``hostile`` and ``corrupt`` are what a pull request may bring, and
``limits`` are the files that hang, crash or outgrow the HDF5 library.
"""
