"""Strict JSON: what RFC 8259 leaves to the reader's taste is refused; not a schema checker.

UTF-8 only, no byte order mark, no duplicate names, integers only (no floats, no NaN, no infinity),
no lone surrogates, bounded depth, bounded digits. The same text means the same to every reader
that accepts it, so a signature over what it says cannot be read in two ways.
"""

from __future__ import annotations

import json
from typing import Final, NoReturn

from api.problems import Problem

DEPTH_MAX: Final = 24
DIGITS_MAX: Final = 80
"""Enough for the widest canonical integer (256 bits) and its sign."""


class _Refused(Exception):
    """Carries the code of a refusal out of the decoder's hooks."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def loads(data: bytes) -> object:
    """The value of a JSON text: None, bool, int, str, list or dict. Raises Problem."""
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Problem("BAD_UTF8", f"byte {error.start} is not UTF-8") from None
    except _Refused as error:
        raise Problem(error.code, str(error)) from None
    except RecursionError:
        raise Problem("TOO_DEEP", f"more than {DEPTH_MAX} levels") from None
    except ValueError as error:
        raise Problem("BAD_JSON", str(error)[:200]) from None
    _check(value, DEPTH_MAX)
    return value


def _check(value: object, depth: int) -> None:
    """Look at every string and the depth of a decoded value. Raises Problem."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, list | dict):
        if depth == 0:
            raise Problem("TOO_DEEP", f"more than {DEPTH_MAX} levels")
        if isinstance(value, dict):
            for name in value:
                _check_text(name)
        for item in value.values() if isinstance(value, dict) else value:
            _check(item, depth - 1)


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise Problem("BAD_UTF8", "a string holds a lone surrogate") from None


def _integer(text: str) -> int:
    if len(text) > DIGITS_MAX:
        raise _Refused("NUMBER_TOO_LONG", f"an integer of {len(text)} digits, {DIGITS_MAX} allowed")
    return int(text)


def _no_float(text: str) -> NoReturn:
    raise _Refused("NOT_AN_INTEGER", f"{text[:40]}: numbers are integers here")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused("DUPLICATE_NAME", f"the name {twice[:40]!a} stands twice in one object")
    return result


_DECODER: Final = json.JSONDecoder(
    parse_int=_integer, parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_unique
)
