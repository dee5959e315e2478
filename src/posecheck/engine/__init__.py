"""Configure, select, bind and run: from paths to a report."""
