"""Pools: many lend into one pot, approved borrowers draw on it, the clock pays who wants out.

    shares       what shares cost and are worth; pure figures
    interest     indices, who gets how much of the interest, who bears how much of a loss; pure
    books        the only door by which a pool changes: its record and its books move together
    founding     a pool is proposed and approved
    positions    what a depositor has, and its rewards
    deposits     deposits, requests for withdrawal, cancellations
    queue        how waiting withdrawals are served
    credit       credit lines, borrowing, repaying
    collateral   collateral of credit lines: pledged, released, bought
    losses       write-offs and recoveries
    reserve      contributions, strays, the manager's spread
    rewards      rewards over time

Nothing here looks at the balance of the pool's account: what somebody transfers into it moves no
price of a share.
"""
