"""From stored groups and attributes to the model, for every generation of ndx-pose."""
