"""What several products need: collateral, fees, prices; nothing here moves a loan through its life."""
