"""The reasons of a zone's grade as sentences in the city's language, each with its figures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Language = Literal["zh", "en"]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one zone. ``likely`` are the sources to expect in a like period, shrunk; weights are scores."""

    window_days: int
    tips: int
    sources: int
    days: int
    verified: int
    dens: int
    checks: int
    premises: int
    premises_within_m: float
    exposed: bool
    vague: int
    radius_m: float
    expected: float
    likely: float
    taken_back: float
    reporting: float
    check_within_days: int
    last_seen: pd.Timestamp
    last_confirmed: pd.Timestamp
    expires_on: pd.Timestamp

    @property
    def times(self) -> float:
        """How many times the expected, after shrinking."""
        return self.likely / max(self.expected, 1e-9)


def sentences(facts: Facts, *, language: Language) -> list[str]:
    """The reasons, the most telling first and the response last; what does not apply is left out."""
    return {"zh": _chinese, "en": _english}[language](facts)


def _chinese(f: Facts) -> list[str]:
    copies = f"(共{f.tips}条)" if f.tips > f.sources else ""
    basis = "按出租屋和场所数量推算" if f.exposed else "按全境处处相同推算(没有出租屋和场所数据)"
    confirmed = _joined(",", (f.verified, lambda n: f"{n}个来源已核实"), (f.dens, lambda n: f"执法行动曾发现窝点{n}个"))
    return [
        f"近{f.window_days}天有{f.sources}个相互独立的举报来源{copies},分布在{f.days}个不同日期,"
        f"集中在半径{max(f.radius_m, 1):.0f}米内",
        f"{basis},同期应有{f.expected:.1f}个来源;扣除偶然因素后,今后同样长的时间约有{f.likely:.1f}个,"
        f"为应有数的{f.times:.1f}倍",
        *([f"举报指向{f.premises}处已登记点位({f.premises_within_m:.0f}米以内)"] if f.premises else []),
        f"{confirmed},最近一次证实于{f.last_confirmed:%Y-%m-%d}" if confirmed else "尚无一条得到证实",
        *([f"举报之后有{f.checks}次检查未发现异常,分值已扣减{f.taken_back:.1f}"] if f.checks else []),
        *(
            [f"根据随机抽查估计,这类地方的举报率约为全市的{f.reporting:.1f}倍,分值已按此校正"]
            if abs(f.reporting - 1) >= 0.1
            else []
        ),
        *([f"有{f.vague}条线索的地址不够精确,按落在区内的可能性计入"] if f.vague else []),
        f"最近一次证据为{f.last_seen:%Y-%m-%d};如无新证据,{f.expires_on:%Y-%m-%d}自动失效",
        f"按分级应在{f.check_within_days}天内核查走访",
    ]


def _english(f: Facts) -> list[str]:
    copies = f" ({f.tips} tips)" if f.tips > f.sources else ""
    basis = "for its rental units and venues" if f.exposed else "if all land were alike (no premises are known)"
    confirmed = _joined(
        "; ", (f.verified, lambda n: f"{n} sources are verified"), (f.dens, lambda n: f"raids have found {n} dens here")
    )
    return [
        f"{f.sources} independent sources{copies} in {f.window_days} days, on {f.days} different days, "
        f"within {max(f.radius_m, 1):.0f} m",
        f"{f.expected:.1f} sources would be expected {basis}; allowing for chance, about {f.likely:.1f} are likely in "
        f"a period as long, {f.times:.1f} times as many",
        *([f"the tips point at {f.premises} registered premises (within {f.premises_within_m:.0f} m)"] if f.premises
          else []),
        f"{confirmed}, the latest on {f.last_confirmed:%Y-%m-%d}" if confirmed else "nothing has been confirmed yet",
        *([f"{f.checks} later visits found nothing, which takes {f.taken_back:.1f} off the score"] if f.checks else []),
        *([f"by random checks, places like this report about {f.reporting:.1f} times as often as the city; the score "
           "is corrected for it"] if abs(f.reporting - 1) >= 0.1 else []),
        *([f"{f.vague} tips have vague addresses and count by how likely they lie inside"] if f.vague else []),
        f"the latest evidence is of {f.last_seen:%Y-%m-%d}; without more, this lapses on {f.expires_on:%Y-%m-%d}",
        f"its grade asks for a visit within {f.check_within_days} days",
    ]  # fmt: skip


def _joined(comma: str, *parts: tuple[int, Callable[[int], str]]) -> str:
    return comma.join(told(number) for number, told in parts if number)
