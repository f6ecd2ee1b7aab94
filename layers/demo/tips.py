"""Tips of the demo city: reports as the tip desk has them, with numbers, channels, states and legal clocks."""

import numpy as np
import pandas as pd

from layers.demo.days import DAYS, FIRST_DAY, Days, compact
from layers.demo.names import Texts
from layers.demo.premises import Buildings
from layers.demo.reports import Reports
from layers.demo.terrain import Ints

ANSWER_WORKDAYS = 15
UNPLACED = 0.06
OVERDUE = 28
CHANNELS = ("举报电话", "12315", "110", "社区(村)上报", "网格巡查", "举报箱", "网上举报", "来访")
CHANNEL_SHARES = (0.24, 0.2, 0.15, 0.14, 0.1, 0.04, 0.1, 0.03)
SOURCES = ("DH", "12315", "JQ", "SQ", "WG", "JBX", "WS", "LF")
CATEGORIES = ("聚集式传销", "出租房异常聚集", "网络传销", "直销违规", "其他")
DEN_SHARES = (0.68, 0.27, 0.03, 0.01, 0.01)
OTHER_SHARES = (0.3, 0.24, 0.2, 0.12, 0.14)
TEXTS = {
    "聚集式传销": (
        "反映该处每天早晚有多人集中听课,喊口号声音较大。",
        "反映该处有多人合住,统一作息,怀疑为传销窝点。",
        "反映该处有人以介绍工作为名邀约他人前来,限制外出。",
        "反映该处人员频繁更换,行李较多,多人打地铺。",
    ),
    "出租房异常聚集": (
        "反映该出租房居住人数明显超过登记人数,夜间进出频繁。",
        "反映该出租房长期拉着窗帘,早出晚归,统一外出。",
        "反映该出租房租住人员拒绝登记,疑似集体居住。",
    ),
    "网络传销": ("反映有人通过手机软件发展下线,按人头返利。", "反映聊天群里宣传静态收益,要求拉人入群。"),
    "直销违规": ("反映该处会议销售夸大宣传,要求购买产品后再发展人员。", "反映该处以健康讲座名义推销,收取入门费用。"),
    "其他": ("反映该处噪声扰民,请有关部门核实。", "咨询如何识别传销,并反映附近有人散发宣传单。"),
}


def tip_rows(
    reports: Reports, houses: Buildings, community: Ints, code: Texts, rng: np.random.Generator
) -> pd.DataFrame:
    """Tips by the time they came in: columns of the layer, ``east`` and ``north`` (missing for one in 17).

    ``community`` is where each report's point lies, by position.
    """
    count = len(reports.day)
    second = _second_of_day(count, rng)
    order = np.lexsort((second, reports.day))
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    original = np.where(reports.copy_of >= 0, reports.copy_of, np.arange(count))
    channel = rng.choice(len(CHANNELS), count, p=CHANNEL_SHARES)
    category = _categories(reports, rng)[original]
    status, verified = _outcome(reports, rng)
    placed = rng.uniform(size=count) >= UNPLACED
    day = FIRST_DAY + reports.day
    local = day.astype("datetime64[s]") + second.astype("timedelta64[s]")
    words = rng.integers(0, 12, count)[original]
    frame = pd.DataFrame(
        {
            "tip_no": [f"XS{d}{n:05d}" for d, n in zip(compact(day), (place + 1).tolist(), strict=True)],
            "source_no": _source_numbers(day, channel, place, original),
            "received_at": pd.DatetimeIndex(local).tz_localize("Asia/Shanghai").tz_convert("UTC"),
            "channel": np.array(CHANNELS)[channel],
            "category": np.array(CATEGORIES)[category],
            "text": [_text(c, w) for c, w in zip(category.tolist(), words.tolist(), strict=True)],
            "address": houses.address[reports.building],
            "community_code": code[np.where(placed, community, houses.community[reports.building])],
            "verified": verified,
            "status": status,
            "due_on": np.busday_offset(day, ANSWER_WORKDAYS, roll="backward"),
            "transferred_to": _transferred_to(status, category, rng),
            "east": np.where(placed, reports.xy[:, 0], np.nan),
            "north": np.where(placed, reports.xy[:, 1], np.nan),
        }
    )
    return frame.iloc[order].reset_index(drop=True)


def _second_of_day(count: int, rng: np.random.Generator) -> Ints:
    """Mostly between 8 and 22 o'clock, with a peak before noon and one in the evening."""
    hour = np.where(rng.uniform(size=count) < 0.55, rng.normal(10.5, 1.8, count), rng.normal(18.5, 2.4, count))
    return (hour.clip(0.1, 23.9) * 3600).astype(np.int64)


def _categories(reports: Reports, rng: np.random.Generator) -> Ints:
    other = rng.choice(len(CATEGORIES), len(reports.day), p=OTHER_SHARES)
    of_dens = rng.choice(len(CATEGORIES), len(reports.day), p=DEN_SHARES)
    return np.where(reports.den >= 0, of_dens, other)


def _outcome(reports: Reports, rng: np.random.Generator) -> tuple[Texts, pd.Series]:
    """Status, and whether verified: copies are duplicates, older tips are answered but for a few overdue ones."""
    count = len(reports.day)
    age = DAYS - reports.day
    status = rng.choice(["accepted", "transferred", "rejected"], count, p=[0.68, 0.12, 0.2])
    status = np.where((reports.den >= 0) & (status == "rejected"), "accepted", status)
    open_still = rng.uniform(size=count) < np.where(age <= 21, 1 - age / 26, 0)
    late = np.flatnonzero((age > 22) & (age < 60) & (reports.copy_of < 0))
    open_still[rng.choice(late, min(OVERDUE, len(late)), replace=False)] = True
    status = np.where(reports.copy_of >= 0, "duplicate", np.where(open_still, "new", status))
    chance = np.where(reports.den >= 0, 0.75, 0.33)
    verified = pd.Series((rng.uniform(size=count) < chance) & (status != "rejected"), dtype="boolean")
    return status, verified.mask(np.isin(status, ["new", "duplicate"]))


def _source_numbers(day: Days, channel: Ints, place: Ints, original: Ints) -> list[str]:
    """The number in the register the tip came from; a copy has its original's."""
    days = compact(day[original])
    parts = zip(channel[original].tolist(), days, place[original].tolist(), strict=True)
    return [f"{SOURCES[c]}-{d}-{(7919 * p) % 100_000:05d}" for c, d, p in parts]


def _transferred_to(status: Texts, category: Ints, rng: np.random.Generator) -> pd.Series:
    """The agency a transferred tip went to: online schemes to the police mostly."""
    police = (category == CATEGORIES.index("网络传销")) | (rng.uniform(size=len(category)) < 0.5)
    agency = pd.Series(np.where(police, "公安机关", "市场监督管理部门"))
    return agency.where(status == "transferred")


def _text(category: int, word: int) -> str:
    sentences = TEXTS[CATEGORIES[category]]
    return sentences[word % len(sentences)]
