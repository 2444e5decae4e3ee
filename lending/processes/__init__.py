"""What happens to a loan that is not paid as agreed: arrears, default, write-off, recovery, closing."""
