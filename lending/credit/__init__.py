"""Credit: the record of a borrower's conduct, its score and grade, attestations, who may see them."""
