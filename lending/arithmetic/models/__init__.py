"""Rates, indices and values of pools and facilities: pure integer formulas, one file per family.

    sites          where these formulas round, and for whom
    utilisation    curves over utilisation (kinked, sloped) and what suppliers earn of it
    growth         indices: linear, three-term, and exact compounding by the second
    adaptive       a curve that learns its own level from utilisation
    liquidation    incentives, close factor, what may be left over, quotes for seized collateral
    valuation      discounted net asset value, tranche debts and tranche prices
    installments   level payments to a balance, and to the cent (progressive)
    open_term      open-term loans: payments on call, late payments, a pool's books around them
    overnight      overnight rates in arrears (SOFR, SONIA)
    grid           margins by grade or ratio, and index rates with spread, cap and floor

Numbers are integers in a unit that the caller states (a billion on the chain; WAD or RAY where a
published vector has it). Nothing here knows the ledger.
"""
