"""The face at the terminal: one module per family of commands, thin; what they do lives elsewhere."""
