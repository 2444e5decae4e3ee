"""SOFR as the New York Fed published it for two stretches of days; the vectors in arrears rest on them.

The same fixings are in QuantLib's tests of overnight coupons, which repeat an ARRC worksheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

_PUBLISHED = """
    2019-06-21 2.37  2019-06-24 2.39  2019-06-25 2.41  2019-06-26 2.43  2019-06-27 2.42
    2019-06-28 2.50  2019-07-01 2.42  2019-07-02 2.51  2019-07-03 2.56  2019-07-05 2.59
    2019-07-08 2.48  2019-07-09 2.45  2019-07-10 2.46  2019-07-11 2.41  2019-07-12 2.36
    2019-07-15 2.46  2019-07-16 2.47  2019-07-17 2.47  2019-07-18 2.46  2019-07-19 2.41
    2019-07-22 2.40  2019-07-23 2.40  2019-07-24 2.41  2019-07-25 2.42  2019-07-26 2.41
    2019-07-29 2.40  2019-07-30 2.39  2019-07-31 2.55  2019-08-01 2.19  2019-08-02 2.19
    2019-08-05 2.13

    2021-10-18 0.08  2021-10-19 0.09  2021-10-20 0.08  2021-10-21 0.10  2021-10-22 0.12
    2021-10-25 0.11  2021-10-26 0.13  2021-10-27 0.12  2021-10-28 0.12  2021-10-29 0.08
    2021-11-01 0.09  2021-11-02 0.10  2021-11-03 0.11  2021-11-04 0.14  2021-11-05 0.13
    2021-11-08 0.11  2021-11-09 0.09  2021-11-10 0.08  2021-11-12 0.07  2021-11-15 0.08
    2021-11-16 0.08  2021-11-17 0.07  2021-11-18 0.09  2021-11-19 0.10  2021-11-22 0.09
"""
"""Day and rate in percent."""

_WORDS = _PUBLISHED.split()

FIXINGS: Mapping[datetime, Fraction] = {
    datetime.fromisoformat(day): Fraction(rate) / 100
    for day, rate in zip(_WORDS[::2], _WORDS[1::2], strict=True)
}
"""Day -> rate."""

HOLIDAYS = (datetime.fromisoformat("2019-07-04"), datetime.fromisoformat("2021-11-11"))
"""Days of those stretches, weekends apart, on which US government securities are not traded."""
