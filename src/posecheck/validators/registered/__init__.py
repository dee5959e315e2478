"""The other validators, a module each; `posecheck.validators.registry` finds them here."""
