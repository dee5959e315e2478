"""From a folder of NWB files and videos to DANDI layout: files and references together, or not.

`plan` decides, from facts alone; what gathers those facts, and what carries a plan out, lies beside
it. A plan is a frozen value that can be printed, saved as JSON and read again.
"""
