"""Changes of running loans that lender and borrower agree on, and the one primitive they all use."""
