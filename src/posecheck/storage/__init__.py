"""Where bytes come from, behind one small protocol."""
