"""``posecheck.toml``: where it lies, what it may say, which rules it selects."""
