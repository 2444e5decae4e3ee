"""The imperative shell: performs the cores' outputs against disk, network and clock; no rules here."""
