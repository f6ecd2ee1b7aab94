"""Names for the demo city, put together from syllables: they sound like places and are made of rarely paired ones."""

import numpy as np

Texts = np.typing.NDArray[np.str_]

COUNTIES = (
    "云岫 碧漪 澄麓 霁川 望屿 梧屏 砚汀 苇陵 鹭麓 枫岫 汀棠 瑶墩 芷漪 松霁 岫浔 沅屏 芷麓 泓岫 蘅川 霜陵 漱川 缦水 "
    "菡洲 麓浔 檀漪 槿川 翎麓 鹤漪 榕漪 楸陵"
)
LAND = tuple("岚霁棠芷蘅鹭雁葛黛榆柏苇荻菱莼槿檀椿楸梓栎砚笠犁磬翎虹霜椴桤")
FORM = tuple("畈埕墩垅墟坞屏峡崖渚陂汀岙甸坳峪圩坂")
SIDE = tuple("东西南北上下前后")
WISH = tuple("春曦晨朗昱颂嘉锦绮煦祺臻沐颐钰")
HOME = tuple("晖苑庭阶榭圃岸辉馨台畔邻巷廊和")
RIVER = tuple("岫澄漪沅芷棠梧砚汀霁蘅鹭枫樟苇葛荻莼檀椿")
REACH = tuple("澜清碧曲南北东西上下小大")


def pairs(first: tuple[str, ...], second: tuple[str, ...], rng: np.random.Generator) -> Texts:
    """Every name of one syllable of each tuple, in random order."""
    return rng.permutation(np.array([a + b for a in first for b in second]))


def county_names(rng: np.random.Generator, number: int) -> Texts:
    """Different names, without 县, 区 or 市."""
    return rng.permutation(np.array(COUNTIES.split()))[:number]


def township_names(rng: np.random.Generator, number: int) -> Texts:
    """Different names, without 乡, 镇 or 街道."""
    return pairs(LAND, FORM, rng)[:number]


def community_names(
    rng: np.random.Generator, township: np.typing.NDArray[np.int64], urban: np.typing.NDArray[np.bool_]
) -> Texts:
    """Names without 社区 or 村, different within a township; villages of two townships may share one, as they do."""
    names = np.empty(len(township), dtype="<U2")
    for kind, first, second in ((True, WISH, HOME), (False, LAND + SIDE, FORM)):
        for place in np.unique(township):
            members = np.flatnonzero((township == place) & (urban == kind))
            names[members] = pairs(first, second, rng)[: len(members)]
    return names


def street_names(rng: np.random.Generator, number: int) -> Texts:
    """Different names, without 路 or 街."""
    return pairs(WISH, HOME, rng)[:number]


def trade_names(rng: np.random.Generator, number: int) -> Texts:
    """Names of venues before the word for their kind; they repeat across the city as trade names do."""
    names = pairs(WISH + LAND, HOME + FORM, rng)
    return names[rng.integers(0, len(names), number)]


def river_names(drained_km2: np.typing.NDArray[np.float64], rng: np.random.Generator) -> Texts:
    """Different names: 江 for a river that drains 2,000 km², 河 from 400 km² on, else 溪."""
    endings = np.select([drained_km2 > 2_000, drained_km2 > 400], ["江", "河"], "溪")
    return np.char.add(pairs(RIVER, REACH, rng)[: len(drained_km2)], endings)
