"""The error kind and sentence of each HTTP status, for pages and for the server alike."""

from collections.abc import Mapping

SENTENCES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "请求的内容或地址有误"),
    401: ("not_signed_in", "还没有登录,或者登录已经结束,请重新登录"),
    403: ("not_meant", "这个请求没有带上本次登录的校验码,请刷新页面再试"),
    404: ("not_found", "没有这个地址"),
    405: ("method_not_allowed", "这个地址不接受这种请求"),
    413: ("too_large", "发来的内容太大,一次最多 1 MiB;文件请在导入页上传"),
    415: ("unsupported", "发来的内容不是这里要的格式"),
    428: ("no_version", "这个请求没有说明依据的是哪个版本(If-Match 或 version),请先取得现有版本"),
    431: ("headers_too_large", "请求头太长"),
    500: ("internal", "服务出错了"),
    501: ("not_implemented", "不支持这种传输编码"),
    503: ("no_database", "数据库连不上,请稍后再试,或运行 wuchuan doctor 查看原因"),
}
