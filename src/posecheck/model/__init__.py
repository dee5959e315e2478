"""What a recording is and what a finding is: frozen, typed, without I/O."""
