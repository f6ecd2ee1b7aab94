"""The table of permissions: name, title, scope, and the roles that have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from layers.sign_ins import SignIn

#: A letter for each role, by which the table names those that have a permission.
LETTERS: Mapping[str, str] = {
    "viewer": "V", "editor": "E", "planner": "P", "tip_desk": "T", "auditor": "A", "administrator": "M",
}  # fmt: skip
#: What nobody does who came by this machine's link to a city of its own: it may be anybody who reached the machine.
NEVER_LOCAL = frozenset({"actions.approve", "contacts.open"})


@dataclass(frozen=True, kw_only=True)
class Permission:
    """``title`` is what it is called on a page; ``scope`` is the actor's own area, the whole city, or nobody's area.

    ``roles`` are the letters of the roles that have it.
    """

    title: str
    roles: str
    scope: Literal["area", "city", "self"]


PERMISSIONS: Mapping[str, Permission] = {
    "map.read": Permission(title="查看地图、图层和数字", roles="VEPTAM", scope="area"),
    "prints.make": Permission(title="打印社区图和地图", roles="VEPTM", scope="area"),
    "exports.take": Permission(title="导出图层表格", roles="EPTM", scope="area"),
    "tips.read": Permission(title="查看线索内容", roles="T", scope="area"),
    "tips.write": Permission(title="登记和办理线索", roles="T", scope="area"),
    "contacts.open": Permission(title="打开联系方式、登记奖励和保管其密钥", roles="T", scope="area"),
    "zones.review": Permission(title="核定热点", roles="P", scope="area"),
    "zones.analyse": Permission(title="重新分析,恢复或确认分析结果", roles="PM", scope="city"),
    "alerts.read": Permission(title="查看预警", roles="VEPTM", scope="area"),
    "alerts.watch": Permission(title="立即监测", roles="PM", scope="city"),
    "alerts.close": Permission(title="办结和重新打开预警", roles="PT", scope="area"),
    "actions.read": Permission(title="查看联合行动", roles="P", scope="area"),
    "actions.plan": Permission(title="新建、补充和排定联合行动", roles="P", scope="area"),
    "actions.approve": Permission(title="批准联合行动", roles="P", scope="area"),
    "actions.print": Permission(title="打印行动单", roles="P", scope="area"),
    "drawings.write": Permission(title="绘制、修改和删除图形", roles="EP", scope="area"),
    "imports.write": Permission(title="导入文件", roles="ETM", scope="area"),
    "backtests.read": Permission(title="查看检验结果", roles="PAM", scope="city"),
    "backtests.run": Permission(title="重新检验", roles="PM", scope="city"),
    "settings.read": Permission(title="查看设置和登记簿", roles="EPTAM", scope="city"),
    "settings.write": Permission(title="逐行填写登记簿", roles="M", scope="city"),
    "city.change": Permission(title="换成本市", roles="M", scope="city"),
    "posts.act": Permission(title="选择办理岗位", roles="VEPTAM", scope="self"),
    "posts.read": Permission(title="查看岗位", roles="VEPTAM", scope="self"),
    "posts.write": Permission(title="登记和撤销岗位", roles="M", scope="city"),
    "audit.read": Permission(title="查看审计", roles="A", scope="city"),
    "accounts.manage": Permission(title="登记和管理账户", roles="M", scope="city"),
    "service.read": Permission(title="查看后台任务和接口说明", roles="VEPTAM", scope="self"),
    "session.hold": Permission(title="登录和退出", roles="VEPTAM", scope="self"),
}


def allows(signed_in: SignIn, permission: str, *, is_demo: bool) -> bool:
    """Whether that sign-in has the permission; one that is not in the table nobody has.

    What concerns the whole city needs an account of the whole city.

    Who came by this machine's link has each of them in the demo city, and in another city all but ``NEVER_LOCAL``.
    """
    known = PERMISSIONS.get(permission)
    if known is None or (known.scope == "city" and signed_in.scope):
        return False
    if signed_in.is_local:
        return is_demo or permission not in NEVER_LOCAL
    return LETTERS[signed_in.role] in known.roles
