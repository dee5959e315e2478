"""What an upload will do, decided from facts alone: nothing here reads a disk or a server."""
