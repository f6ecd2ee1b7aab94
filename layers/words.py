"""Chinese words and sentences that storage, the importer and the pages share, each once."""

#: What a zone is called before and after a post has reviewed it.
SUSPECTED, REVIEWED = "疑似热点(未核定)", "重点关注区"
#: The end of every sentence about a full disk.
MAKE_ROOM = "请腾出空间后重试"
#: Points of these maps lie some hundred metres off, in a datum of their own.
SHIFTED_POINTS = "高德、腾讯、百度地图上取的点"
#: A place fits what is known of it once it is taken for one in ``datum``.
OTHER_DATUM = "按 {datum} 换算才对得上,请核对坐标系"
ENTERED_SINCE = "您填的内容还在,请看过后再交"
