"""The first letters of Chinese words in pinyin, as databases shorten their column names: 社区代码 is SQDM."""

#: GB 2312 orders its 3,755 common characters by pinyin: the first character under each letter
_FIRST = "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
_LETTERS = "abcdefghjklmnopqrstwxyz"
_STARTS = tuple(character.encode("gb2312") for character in _FIRST)
_END = "座".encode("gb2312")
#: characters with another reading in the words of headings
_OTHERWISE = {"行业": "hy"}


def initials(word: str) -> str | None:
    """The initials of ``word`` in lower case; None where one of its characters is not among the common ones."""
    if word in _OTHERWISE:
        return _OTHERWISE[word]
    letters = [_initial(character) for character in word]
    return None if None in letters else "".join(filter(None, letters))


def _initial(character: str) -> str | None:
    if character.isascii():
        return character.casefold() if character.isalnum() else None
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return None
    if not _STARTS[0] <= code <= _END:
        return None
    return _LETTERS[sum(start <= code for start in _STARTS) - 1]
