"""The Python SDK: builds, signs, submits, waits and verifies; it runs no node and trusts none."""
