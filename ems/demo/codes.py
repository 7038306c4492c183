"""Credit codes that nobody has: right by both check characters, and a few spoilt as clerks' sheets spoil them."""

from collections.abc import Callable

from ems.enterprises.credit_code import check_character

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def body(eight: str) -> str:
    """The nine characters of the organisation, the last checking the others (GB 11714-1997)."""
    rest = 11 - sum(weight * ALPHABET.index(c) for weight, c in zip(WEIGHTS, eight, strict=True)) % 11
    return eight + {10: "X", 11: "0"}.get(rest, str(rest))


def code(n: int, *, person: bool = False) -> str:
    """The `n`-th code; `person`: of a sole trader (个体工商户). The body's DEM is given to nobody."""
    first = f"{'92' if person else '91'}510109{body(f'DEM{n:05d}')}"
    return first + check_character(first)


def spoilt() -> list[Callable[[str], str]]:
    """What becomes of a code on its way."""
    return [
        lambda _code: "",
        lambda _code: "暂无",
        lambda _code: "9.15101E+17",
        lambda code: code[:-1],
        lambda code: code[:10] + code[11:],
        lambda code: code[:8] + "O" + code[9:],
        lambda code: code[:-1] + ("1" if code[-1] != "1" else "2"),
        lambda code: code[:12] + ("7" if code[12] != "7" else "8") + code[13:],
        lambda code: f"{code}（01）",
        lambda code: code.lower(),
        lambda code: f"{code[:6]} {code[6:]}",
    ]
