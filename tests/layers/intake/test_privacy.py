"""Personal data are found in any layout, and numbers that only look like them are left alone."""

import random
from datetime import date, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from layers.intake import privacy

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")

#: twenty ways in which people set a number into a text
LAYOUTS = (
    "{}",
    "电话{}",
    "号码:{}。",
    "号码：{}，请回电",
    "({})",
    "【{}】",
    "tel{}",
    "他说{}是他的",
    "{}/",
    "\n{}\n",
    "3号楼 {}",
    "2024-03-18 {}",
    "{} 2024-03-18",
    "a,{},b",
    "是‘{}’",
    "wide:{}",
    "spaced:{}",
    "dashed:{}",
    "single:{}",
    "invisible:{}",
)


def citizen(rng: random.Random) -> str:
    born = date(1950, 1, 1) + timedelta(days=rng.randrange(20_000))
    body = f"990100{born:%Y%m%d}{rng.randrange(1000):03d}"
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]


def mobile(rng: random.Random) -> str:
    return f"1{rng.randrange(3, 10)}{rng.randrange(10**9):09d}"


def card(rng: random.Random) -> str:
    body = f"62{rng.randrange(10**16):016d}"
    return next(body + str(check) for check in range(10) if luhn(body + str(check)))


def luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(sum(map(int, str(number))) for number in doubled) % 10 == 0


def set_into(layout: str, number: str) -> str:
    groups = [number[:3], number[3:7], number[7:]] if len(number) == 11 else [number[:6], number[6:14], number[14:]]
    style = layout.partition(":")[0]
    written = {
        "wide": number.translate(WIDE),
        "spaced": " ".join(groups),
        "dashed": "-".join(groups),
        "single": " ".join(number),
        "invisible": "\u200b".join(groups),
    }.get(style, number)
    return layout.format(written)


@pytest.mark.parametrize("make", [citizen, mobile, card])
def test_every_number_is_found_in_every_layout(make: object) -> None:
    rng = random.Random(7)  # noqa: S311 a fixed set of numbers
    texts = [set_into(LAYOUTS[n % len(LAYOUTS)], make(rng)) for n in range(3400)]  # type: ignore[operator]
    masked, hit = privacy.mask_series(pd.Series(texts, dtype="str"))
    missed = [text for text, found in zip(texts, hit, strict=True) if not found]
    assert not missed
    assert all(privacy.MASK in text for text in masked)


def test_what_only_looks_like_a_number_is_left_alone() -> None:
    rng = random.Random(8)  # noqa: S311
    harmless = [
        *(f"许可证号JY{rng.randrange(10**14):014d}" for _ in range(1000)),
        *(
            f"{rng.choice('样示虚')}路{rng.randrange(1, 9999)}号{rng.randrange(1, 40)}栋{rng.randrange(100, 3000)}室"
            for _ in range(1000)
        ),
        *(
            f"{rng.uniform(73, 135):.{rng.randrange(4, 12)}f},{rng.uniform(18, 53):.{rng.randrange(4, 12)}f}"
            for _ in range(2000)
        ),
        *(f"{rng.uniform(73, 135):.6f} {rng.uniform(18, 53):.6f}" for _ in range(1000)),
        *(f"社区99{rng.randrange(10**10):010d}" for _ in range(2000)),
        *(f"{date(1990, 1, 1) + timedelta(days=n)} {n % 24:02d}:{n % 60:02d}:00" for n in range(1000)),
        *("检查" + "、".join(str(rng.randrange(1, 999)) for _ in range(5)) + "号" for _ in range(1000)),
        *("1、3、5、7、9、11、13、15、17号", "13、135、137、139号", "131 133 135 137号", "建于1998-01-02 103室"),
    ]
    _, hit = privacy.mask_series(pd.Series(harmless, dtype="str"))
    assert hit.sum() <= len(harmless) / 1000, [text for text, found in zip(harmless, hit, strict=True) if found][:5]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("联系人张测试 13800000014 说楼上常有人上课", "联系人张测试 [已隐去] 说楼上常有人上课"),
        ("电话通知138-0000-0011", "电话通知[已隐去]"),
        ("+86 138 0000 0014", "+86 [已隐去]"),
        ("013800000014", "0[已隐去]"),
        ("微信号abc_12345", "微信号[已隐去]"),
        ("加V信 wx_hello88", "加V信 [已隐去]"),
        ("QQ：123456789", "QQ：[已隐去]"),
        ("一人自称证号99010019990101107x", "一人自称证号[已隐去]"),
        ("许可证号990100202301010185，座机0000-0000018", "许可证号990100202301010185，座机0000-0000018"),
        ("案号（示）990100202301010071", "案号（示）990100202301010071"),
        ("怀疑组织“上课”（三楼）", "怀疑组织“上课”（三楼）"),
        ("身份证990102199901011234,打错了也是", "身份证[已隐去],打错了也是"),
        ("银行卡号:6222 0212 3456 7890 123", "银行卡号:[已隐去]"),
        ("护照E12345678", "护照[已隐去]"),
        ("要看身份证，3楼12人", "要看身份证，3楼12人"),
        ("一辆闽H·A123面包车", "一辆闽H·A123面包车"),
        ("一辆闽H·A12345的面包车", "一辆[已隐去]的面包车"),
        ("粤BD12345", "[已隐去]"),
        ("苏A12305室", "苏A12305室"),
        ("停着一辆闽 h 12346", "停着一辆[已隐去]"),
        ("打０５９９－８８１２３４５找他", "打[已隐去]找他"),
        ("座机(0599)8812345转801", "座机[已隐去]"),
        ("电话8812345元", "电话8812345元"),
        ("来电 20260318", "来电 20260318"),
        ("许可证第0599881234号", "许可证第0599881234号"),
        ("写信到 a.b-1@qq.com 即可", "写信到 [已隐去] 即可"),
        ("他说一三八零零零零零零一四", "他说[已隐去]"),
        ("壹叁捌〇〇〇〇〇〇壹肆", "[已隐去]"),
        ("打l38OOOOl234", "打[已隐去]"),
        ("微 信:abc_12345", "微 信:[已隐去]"),
        ("V❤️abc_12345", "V❤️[已隐去]"),
        ("薇:abc_12345", "薇:[已隐去]"),
        ("wechat id abc_12345", "wechat id [已隐去]"),
        ("（甲）电话１３８００００００１４（乙）", "（甲）电话[已隐去]（乙）"),
    ],
)
def test_only_the_number_is_masked(text: str, masked: str) -> None:
    assert privacy.masked(text) == masked


def test_a_landline_and_an_address_of_mail_are_masked_and_no_reason_to_refuse() -> None:
    assert not any(map(privacy.has_personal_data, ("总台0599-8812345", "info@example.com", "座机8812345")))
    assert privacy.has_personal_data("总台13800000014")


def test_a_column_without_suspects_comes_back_as_it_is() -> None:
    texts = pd.Series(["多人聚集", None], dtype="str")
    masked, hit = privacy.mask_series(texts)
    assert masked is texts
    assert not hit.any()


def test_only_whole_cells_count_as_numbers_of_persons() -> None:
    column = pa.chunked_array(
        [pa.array(["13800000014", "XS13800000014", None, "990100199901010173", "FW1020010010001"])]
    )
    assert privacy.personal_numbers(column).to_pylist() == [True, False, False, True, False]
