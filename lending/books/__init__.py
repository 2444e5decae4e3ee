"""The books of the past: statements at any height, what accrued, and corrections of what was wrong."""
