"""Late fees: what an installment that is unpaid after its grace costs, once."""

from __future__ import annotations

from lending.arithmetic import Rounding, mul_div
from lending.fields import RATE_UNIT
from lending.records import Bill
from lending.terms import Template


def late_fee(template: Template, bill: Bill) -> int:
    """The larger of the least fee and the agreed part of what is unpaid (half to even)."""
    unpaid = bill.interest + bill.principal
    part = mul_div(unpaid, template.late_fee_rate, RATE_UNIT, Rounding.HALF_EVEN)
    return max(template.late_fee, part)
