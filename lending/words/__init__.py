"""The term sheet in plain words, made of the very data that the machine executes; it decides nothing.

A pure function of the agreed terms, the product's template and what was attached since: the same
records always give the same sentences. What is signed is the digest of the terms and the template.
"""
