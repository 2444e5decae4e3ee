"""What each event pays and how it changes the state: the formulas of the ACTUS specification.

Before an event is applied, `accrue` counts interest and fees up to it; the functions below see the
state after that, so that each formula is only what is particular to its event. PAM needs no
functions of its own: its interest base is always its notional.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from lending.arithmetic.daycount import year_fraction
from lending.arithmetic.events import Event
from lending.arithmetic.market import Observations
from lending.arithmetic.money import ACCRUAL, FEE, INTEREST, RATE, SCALED, divide, mul_div
from lending.arithmetic.rates import annuity_payment, simple_interest
from lending.arithmetic.schedules import annuity_times
from lending.arithmetic.state import State
from lending.arithmetic.terms import FeeBasis, InterestBase, Terms


@dataclass(frozen=True, slots=True)
class Context:
    """What every function may look at besides the state."""

    terms: Terms
    """The contract."""
    observed: Observations
    """The outside world."""


Payoff = Callable[[Context, State, Event], int]
"""The amount that an event pays, from the state after accrual."""

Transition = Callable[[Context, State, Event], State]
"""The state after an event, from the state after accrual."""


def accrue(terms: Terms, state: State, event: Event) -> State:
    """Return the state with interest and fees counted up to an event."""
    until = event.calculated
    if until == state.time:
        return state
    fraction = year_fraction(terms.day_count_convention, state.time, until, state.maturity)
    unit, finer = terms.scale.rate_unit, terms.scale.accrual_unit
    base = state.interest_base * finer
    interest = simple_interest(base, state.rate, unit, fraction, ACCRUAL.rounding)
    fee = 0
    if terms.fee_rate is not None and terms.fee_basis is FeeBasis.N:
        base = state.notional * finer
        fee = simple_interest(base, terms.fee_rate, unit, fraction, ACCRUAL.rounding)
    return state._replace(
        time=until,
        accrued_interest=state.accrued_interest + interest,
        accrued_fee=state.accrued_fee + fee,
    )


# Payoffs.


def pay_nothing(_: Context, __: State, ___: Event) -> int:
    """Events that only change the state."""
    return 0


def pay_initial_exchange(context: Context, _: State, __: Event) -> int:
    """IED: the notional and its premium leave the lender."""
    terms = context.terms
    return -terms.contract_role.sign * (terms.notional_principal + terms.premium_discount_at_ied)


def pay_interest(context: Context, state: State, _: Event) -> int:
    """IP: the accrued interest, scaled."""
    scale = context.terms.scale
    unit = scale.rate_unit * scale.accrual_unit
    return mul_div(state.interest_scaling, state.accrued_interest, unit, INTEREST.rounding)


def pay_redemption(context: Context, state: State, _: Event) -> int:
    """PR of a linear loan: the redemption, never more than what is owed, scaled."""
    return _scaled_principal(context, state, _linear_redemption(context, state))


def pay_redemption_net(context: Context, state: State, _: Event) -> int:
    """PR of an annuity: what the level payment leaves after the accrued interest, scaled."""
    return _scaled_principal(context, state, _net_redemption(context, state))


def pay_prepayment(context: Context, state: State, event: Event) -> int:
    """PP: the amount that was prepaid, never more than what is owed."""
    return _prepayment(context, state, event)


def pay_step(context: Context, state: State, event: Event) -> int:
    """PR of a step: its amount, never more than what is owed, scaled."""
    return _scaled_principal(context, state, _prepayment(context, state, event))


def pay_increase(context: Context, state: State, event: Event) -> int:
    """PI: the amount of the step leaves the lender, scaled."""
    return _scaled_principal(context, state, -context.terms.contract_role.sign * event.value)


def pay_called_interest(context: Context, state: State, event: Event) -> int:
    """IP at the end of a loan on call: the interest fixed by the call, or accrued."""
    total = state.accrued_interest + state.exercise_amount
    return pay_interest(context, state._replace(accrued_interest=total), event)


def pay_maturity(context: Context, state: State, _: Event) -> int:
    """MD: the whole notional, scaled."""
    return _scaled_principal(context, state, state.notional)


def pay_fee(context: Context, state: State, _: Event) -> int:
    """FP: the absolute fee, or the fee accrued."""
    terms = context.terms
    if terms.fee_basis is FeeBasis.A:
        return terms.contract_role.sign * (terms.fee_rate or 0)
    return divide(state.accrued_fee, terms.scale.accrual_unit, FEE.rounding)


def pay_purchase(context: Context, state: State, _: Event) -> int:
    """PRD: the price and the accrued interest leave the buyer."""
    terms = context.terms
    return -terms.contract_role.sign * (terms.price_at_purchase_date + _settled(terms, state))


def pay_termination(context: Context, state: State, _: Event) -> int:
    """TD: the price and the accrued interest reach the seller."""
    terms = context.terms
    return terms.contract_role.sign * (terms.price_at_termination_date + _settled(terms, state))


# State transitions.


def keep(_: Context, state: State, __: Event) -> State:
    """PRD: nothing changes but the time."""
    return state


def start(context: Context, state: State, _: Event) -> State:
    """IED: notional, rate and interest base come into force."""
    terms = context.terms
    sign = terms.contract_role.sign
    notional = sign * terms.notional_principal
    rate = terms.nominal_interest_rate or 0
    accrued, anchor = terms.accrued_interest, terms.cycle_anchor_date_of_interest_payment
    if accrued is not None:
        accrued *= sign * terms.scale.accrual_unit
    elif anchor is not None and anchor < terms.initial_exchange_date:
        fraction = year_fraction(terms.day_count_convention, anchor, state.time, state.maturity)
        base = notional * terms.scale.accrual_unit
        accrued = simple_interest(base, rate, terms.scale.rate_unit, fraction, ACCRUAL.rounding)
    return state._replace(
        notional=notional,
        rate=rate,
        accrued_interest=accrued or 0,
        interest_base=first_interest_base(terms),
    )


def first_interest_base(terms: Terms) -> int:
    """Return the signed interest base at the initial exchange."""
    stated = terms.interest_calculation_base_amount
    if terms.interest_calculation_base is InterestBase.NT or stated is None:
        stated = terms.notional_principal
    return terms.contract_role.sign * stated


def interest_paid(_: Context, state: State, __: Event) -> State:
    """IP: nothing is accrued any more."""
    return state._replace(accrued_interest=0)


def fee_paid(_: Context, state: State, __: Event) -> State:
    """FP: no fee is accrued any more."""
    return state._replace(accrued_fee=0)


def capitalized(context: Context, state: State, _: Event) -> State:
    """IPCI: the accrued interest becomes notional."""
    grown = state._replace(accrued_interest=0)
    return _with_notional(context, grown, state.notional + _settled(context.terms, state))


def redeemed(context: Context, state: State, _: Event) -> State:
    """PR of a linear loan: the notional is less by the redemption."""
    return _with_notional(context, state, state.notional - _linear_redemption(context, state))


def redeemed_net(context: Context, state: State, _: Event) -> State:
    """PR of an annuity: the notional is less by the payment net of interest."""
    return _with_notional(context, state, state.notional - _net_redemption(context, state))


def prepaid(context: Context, state: State, event: Event) -> State:
    """PP: the notional is less by the prepayment."""
    return _with_notional(context, state, state.notional - _prepayment(context, state, event))


def increased(context: Context, state: State, event: Event) -> State:
    """PI: the notional is more by the amount of the step."""
    amount = context.terms.contract_role.sign * event.value
    return _with_notional(context, state, state.notional + amount)


def called(context: Context, state: State, _: Event) -> State:
    """XD: the interest so far is fixed, if it is not paid on the spot."""
    if context.terms.x_day_notice is None:
        return state
    return state._replace(accrued_interest=0, exercise_amount=state.accrued_interest)


def called_interest_paid(_: Context, state: State, __: Event) -> State:
    """IP at the end of a loan on call: nothing is accrued or fixed any more."""
    return state._replace(accrued_interest=0, exercise_amount=0)


def payment_fixed(context: Context, state: State, event: Event) -> State:
    """PRF: the level payment that redeems what is owed by the amortization date."""
    terms = context.terms
    sign = terms.contract_role.sign
    times = [event.calculated, *annuity_times(terms, event.scheduled, state.maturity)]
    fractions = [
        year_fraction(terms.day_count_convention, begin, end, times[-1])
        for begin, end in pairwise(times)
    ]
    if not fractions:
        return state
    payment = annuity_payment(
        sign * state.notional,
        sign * state.accrued_interest,
        state.rate,
        terms.scale.rate_unit,
        fractions,
        terms.scale.accrual_unit,
    )
    return state._replace(payment=payment)


def rate_reset(context: Context, state: State, event: Event) -> State:
    """RR: index times multiplier plus spread (the step's too), within the caps and floors."""
    terms = context.terms
    unit = terms.scale.rate_unit
    index = context.observed.value(terms.market_object_code_of_rate_reset, event.scheduled)
    multiplier = unit if terms.rate_multiplier is None else terms.rate_multiplier
    spread = terms.rate_spread + event.value
    target = mul_div(index, multiplier, unit, RATE.rounding) + spread
    change = _within(target - state.rate, terms.period_floor, terms.period_cap)
    return state._replace(rate=_within(state.rate + change, terms.life_floor, terms.life_cap))


def rate_reset_fixed(_: Context, state: State, event: Event) -> State:
    """RRF: the rate that was fixed before."""
    return state._replace(rate=event.value)


def rescaled(context: Context, state: State, event: Event) -> State:
    """SC: the scaling factors follow the index, for what the scaling effect names."""
    terms = context.terms
    index = context.observed.value(terms.market_object_code_of_scaling_index, event.scheduled)
    base = terms.scaling_index_at_contract_deal_date or terms.scale.rate_unit
    factor = mul_div(index, terms.scale.rate_unit, base, RATE.rounding)
    return state._replace(
        notional_scaling=factor if "N" in terms.scaling_effect else state.notional_scaling,
        interest_scaling=factor if "I" in terms.scaling_effect else state.interest_scaling,
    )


def base_set(_: Context, state: State, __: Event) -> State:
    """IPCB: interest accrues on the notional as it is now."""
    return state._replace(interest_base=state.notional)


def closed(_: Context, state: State, __: Event) -> State:
    """MD, STD and TD: nothing is owed any more."""
    return state._replace(
        notional=0, accrued_interest=0, interest_base=0, accrued_fee=0, exercise_amount=0
    )


# Shared pieces.


def _scaled_principal(context: Context, state: State, amount: int) -> int:
    unit = context.terms.scale.rate_unit
    return mul_div(state.notional_scaling, amount, unit, SCALED.rounding)


def _settled(terms: Terms, state: State) -> int:
    return divide(state.accrued_interest, terms.scale.accrual_unit, INTEREST.rounding)


def _linear_redemption(context: Context, state: State) -> int:
    sign = context.terms.contract_role.sign
    return sign * min(state.payment, sign * state.notional)


def _net_redemption(context: Context, state: State) -> int:
    sign = context.terms.contract_role.sign
    net = state.payment - sign * _settled(context.terms, state)
    return sign * min(net, sign * state.notional)


def _prepayment(context: Context, state: State, event: Event) -> int:
    sign = context.terms.contract_role.sign
    return sign * min(event.value, sign * state.notional)


def _with_notional(context: Context, state: State, notional: int) -> State:
    if context.terms.interest_calculation_base is InterestBase.NT:
        return state._replace(notional=notional, interest_base=notional)
    return state._replace(notional=notional)


def _within(value: int, floor: int | None, cap: int | None) -> int:
    if floor is not None:
        value = max(value, floor)
    return value if cap is None else min(value, cap)
