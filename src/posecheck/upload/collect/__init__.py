"""What an upload must know of this disk before it is planned."""
