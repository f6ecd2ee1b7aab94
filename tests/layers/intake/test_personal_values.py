"""Ten thousand made values of persons in twenty layouts, and as many numbers of places and papers, none of them real.

The values are made from how people write them, and nothing here looks at how they are recognised.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest

from layers.intake import privacy
from tests.builders import slow
from tests.layers.intake.test_privacy import WIDE, card, citizen, mobile

LAYOUTS = (
    "{}",
    "电话通知{}",
    "联系方式:{}。",
    "联系方式：{}，请回电",
    "({})",
    "【{}】",
    "他留了 {} ,让人去找",
    "“{}”是他的",
    "{}/",
    "\n{}\n",
    "3号楼 {}",
    "2024-03-18 {}",
    "{} 2024-03-18",
    "青山路12号,{},三楼",
    "是‘{}’",
    "见墙上贴的{}(已拍照)",
    "一、{};二、另查",
    "约20人,{}",
    "{}、本地人",
    "楼下有人发名片:{}!",
)
CHINESE, FORMAL = "零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
Make = Callable[[random.Random], str]


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def grouped(rng: random.Random) -> str:
    number, between = mobile(rng), rng.choice([" ", "-", "·", ".", "  ", " - ", "—"])
    return between.join((number[:3], number[3:7], number[7:]))


def in_chinese(rng: random.Random) -> str:
    words = rng.choice([CHINESE, FORMAL, "〇" + CHINESE[1:], "○" + CHINESE[1:]])
    return "".join(words[int(digit)] for digit in mobile(rng))


def partly_chinese(rng: random.Random) -> str:
    return "".join(CHINESE[int(digit)] if rng.random() < 0.4 else digit for digit in mobile(rng))


def in_letters(rng: random.Random) -> str:
    """At most three of its digits as letters, as somebody does who wants to be read by people alone."""
    number = list(mobile(rng))
    places = [place for place, digit in enumerate(number) if digit in "01"]
    for place in rng.sample(places, min(len(places), 3)):
        number[place] = rng.choice("oO" if number[place] == "0" else "lI")
    return "".join(number)


def landline(rng: random.Random) -> str:
    area = rng.choice(["010", f"02{rng.choice('0123456789')}", f"0{rng.choice('3456789')}{digits(rng, 2)}"])
    number = rng.choice("2345678") + digits(rng, 7 if len(area) == 3 else 6)
    written = rng.choice(
        ["{}-{}", "({}){}", "（{}）{}", "{}{}", "{} {}", "{}—{}", "({}) {}", "{}-{}-801", "{}-{}转802"]
    )
    return written.format(area, number)


def local_landline(rng: random.Random) -> str:
    number = rng.choice("2345678") + digits(rng, 6)
    number = rng.choice([number, f"{number[:3]}-{number[3:]}", f"{number[:3]} {number[3:]}"])
    return rng.choice(["电话", "座机:", "固话 ", "家里电话是", "Tel:", "来电号码"]) + number


def email(rng: random.Random) -> str:
    name = "".join(rng.choice("abcdefghijkmnpqrstuvwxyz0123456789_.") for _ in range(8))
    host = rng.choice(["qq.com", "163.com", "example.cn", "mail.example.com.cn"])
    return f"a{name}1{rng.choice('@＠')}{host}"


def plate(rng: random.Random) -> str:
    head = rng.choice(PROVINCES) + rng.choice(PLATE_LETTERS)
    usual = (digits(rng, 5), rng.choice(PLATE_LETTERS) + digits(rng, 4), digits(rng, 4) + "K")
    tail = rng.choice([*usual, rng.choice("DF") + digits(rng, 5), digits(rng, 5) + rng.choice("DF")])
    written = rng.choice(["{}{}", "{}·{}", "{} {}", "{}.{}", "{}-{}"]).format(head, tail)
    return rng.choice([written, written.lower(), f"{head[0]} {head[1]} {tail}", f"{head} {tail}"])


def messenger(rng: random.Random) -> str:
    name = rng.choice("abcdefgh") + "".join(rng.choice("abcdefgh0123456789_-") for _ in range(rng.randrange(5, 15)))
    word = rng.choice(
        [
            "微信",
            "微信号:",
            "微 信:",
            "微信：",
            "加微信 ",
            "v:",
            "V：",
            "V❤",
            "V❤️",
            "薇:",
            "薇信",
            "wechat ",
            "wechat id ",
            "wx:",
            "vx",
            "VX:",
            "加V",
            "加V ",
            "加v:",
            "+v ",
            "V信 ",
            "weixin:",
            "威信:",
        ]
    )
    return word + name


def qq(rng: random.Random) -> str:
    word = rng.choice(["QQ", "qq:", "QQ号", "扣扣", "扣扣:", "Q Q ", "QQ号码是", "企鹅", "ＱＱ："])
    return word + rng.choice("123456789") + digits(rng, rng.randrange(5, 10))


KINDS: dict[str, Make] = {
    "citizen number": citizen,
    "mobile": mobile,
    "card": card,
    "full-width mobile": lambda rng: mobile(rng).translate(WIDE),
    "full-width citizen number": lambda rng: citizen(rng).translate(WIDE),
    "spaced digits": lambda rng: " ".join(mobile(rng)),
    "grouped mobile": grouped,
    "mobile in Chinese": in_chinese,
    "mobile partly in Chinese": partly_chinese,
    "mobile with letters": in_letters,
    "landline": landline,
    "landline without area code": local_landline,
    "e-mail": email,
    "plate": plate,
    "messenger": messenger,
    "QQ": qq,
}


@pytest.mark.parametrize("count", [1_600, *slow(10_000)])
def test_every_value_is_masked_in_every_layout(count: int) -> None:
    rng, kinds = random.Random(count), list(KINDS)  # noqa: S311 a fixed set of values
    made = [(kinds[n % len(kinds)], KINDS[kinds[n % len(kinds)]](rng)) for n in range(count)]
    texts = [rng.choice(LAYOUTS).format(value) for _, value in made]
    masked, hit = privacy.mask_series(pd.Series(texts, dtype="str"))
    missed = [
        (kind, text)
        for (kind, value), text, told, found in zip(made, texts, masked, hit, strict=True)
        if not found or value[-5:] in told
    ]
    print(f"{count:,} made values in {len(LAYOUTS)} layouts: {count - len(missed):,} masked")  # noqa: T201
    assert not missed, (Counter(kind for kind, _ in missed), missed[:8])


def papers(rng: random.Random) -> str:
    """Numbers of licences, permits, cases and credit codes."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    return rng.choice(
        [
            f"许可证号JY{digits(rng, 14)}",
            f"备案号{digits(rng, 12)}",
            f"食品经营许可证编号:JY{digits(rng, 14)}",
            f"统一社会信用代码9{rng.choice('123')}99{digits(rng, 4)}MA{''.join(rng.choice(letters) for _ in range(8))}",
            f"统一社会信用代码:92990100MA{''.join(rng.choice(letters) for _ in range(7))}{rng.choice('0123456789X')}",
            f"(示)市监案字〔2026〕{digits(rng, 4)}号",
            f"案号990100{digits(rng, 8)}",
            f"特行许可证 字第0599{digits(rng, 6)}号",
            f"工单号{digits(rng, 9)}",
            f"编号05{digits(rng, 9)}",
            f"社区99{digits(rng, 10)}",
        ]
    )


def houses(rng: random.Random) -> str:
    """House and road numbers."""
    a, b, c = rng.randrange(1, 2999), rng.randrange(1, 60), rng.randrange(101, 3299)
    return rng.choice(
        [
            f"样板路{a}号{b}栋{c}室",
            f"示范街{a}-{b}号",
            f"青山路{a}号{b}幢{b % 4 + 1}单元{c}",
            f"{a}弄{b}号{c}室",
            f"G{a}国道{b}公里处",
            f"S{a}省道",
            f"虚设大道{a}、{a + 2}、{a + 4}、{a + 6}号",
            f"{b}#{c}",
            f"A座{c}",
            f"滨江路{a}号{b}-{c}",
            f"云A座{c}",
            f"川B{b}栋{c}室",
        ]
    )


def amounts(rng: random.Random) -> str:
    """Money, areas, counts."""
    n = rng.randrange(1_000, 99_999_999)
    return rng.choice(
        [
            f"涉案{n}元",
            f"涉案金额{n:,}元",
            f"{n / 100:.2f}万元",
            f"建筑面积{n / 1000:.2f}平方米",
            f"月租{n % 9000}-{n % 9000 + 500}",
            f"共{n % 500}人{n % 90}户",
            f"罚款 {n} 元",
            f"收据上写 {n}",
            f"电话费{n % 900}元",
            f"缴款通知 {n}元",
            f"{n}㎡",
        ]
    )


def moments(rng: random.Random) -> str:
    """Dates and times."""
    day = date(1990, 1, 1) + timedelta(days=rng.randrange(15_000))
    return rng.choice(
        [
            f"{day}",
            f"{day:%Y%m%d}",
            f"{day:%Y/%m/%d} {rng.randrange(24):02d}:{rng.randrange(60):02d}:00",
            f"{day:%Y.%m.%d}",
            f"{day.year}年{day.month}月{day.day}日",
            f"电话通知 {day}",
            f"来电 {day:%Y%m%d}",
            f"{day} 至 {day + timedelta(days=30)}",
            f"{day:%Y-%m-%dT%H:%M:%S}+08:00",
            f"{day:%Y%m%d}{rng.randrange(24):02d}{rng.randrange(60):02d}",
        ]
    )


def coordinates(rng: random.Random) -> str:
    lon, lat = rng.uniform(73, 135), rng.uniform(18, 53)
    x, y = rng.uniform(2e6, 5e6), rng.uniform(3e5, 7e5)
    return rng.choice(
        [
            f"{lon:.6f},{lat:.6f}",
            f"{lon:.12f} {lat:.11f}",
            f"({lat:.5f}, {lon:.5f})",
            f"{x:.3f},{y:.3f}",
            f"X={x:.0f} Y={39_000_000 + y:.0f}",
            f"E{lon:.4f}° N{lat:.4f}°",
            f"POINT({lon:.7f} {lat:.7f})",
            f"{int(lon)}°{int(lat)}'{x % 60:.2f}\"",
        ]
    )


HARMLESS: dict[str, Make] = {
    "papers": papers,
    "houses": houses,
    "amounts": amounts,
    "moments": moments,
    "coordinates": coordinates,
}


@pytest.mark.parametrize("count", [3_000, *slow(20_000)])
def test_numbers_of_places_and_papers_are_left_alone(count: int) -> None:
    rng, kinds = random.Random(count), list(HARMLESS)  # noqa: S311
    made = [(kinds[n % len(kinds)], HARMLESS[kinds[n % len(kinds)]](rng)) for n in range(count)]
    _, hit = privacy.mask_series(pd.Series([text for _, text in made], dtype="str"))
    wrong = [(kind, text, privacy.masked(text)) for (kind, text), found in zip(made, hit, strict=True) if found]
    print(f"{count:,} harmless numbers: {len(wrong)} false hits ({len(wrong) / count:.3%})")  # noqa: T201
    assert len(wrong) <= count / 1000, wrong[:8]
