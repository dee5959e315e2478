"""A finished report as text: terminal and JSON; and what ``posecheck info`` shows."""
