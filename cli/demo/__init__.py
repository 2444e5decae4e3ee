"""The demo: a four-member devnet serves a book of real loans, and an auditor replays the chain."""
