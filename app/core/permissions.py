"""The table of permissions: name, title and scope."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from layers.actor import PUBLIC, Actor


@dataclass(frozen=True, kw_only=True)
class Permission:
    """``title`` is what it is called on a page; ``scope`` is the actor's own area, the whole city, or nobody's area."""

    title: str
    scope: Literal["area", "city", "self"]


PERMISSIONS: Mapping[str, Permission] = {
    "map.read": Permission(title="查看地图、图层和数字", scope="area"),
    "prints.make": Permission(title="打印社区图和地图", scope="area"),
    "exports.take": Permission(title="导出图层表格", scope="area"),
    "tips.read": Permission(title="查看线索内容", scope="area"),
    "tips.write": Permission(title="登记和办理线索", scope="area"),
    "zones.review": Permission(title="核定热点", scope="area"),
    "zones.analyse": Permission(title="重新分析,恢复或确认分析结果", scope="city"),
    "alerts.read": Permission(title="查看预警", scope="area"),
    "alerts.watch": Permission(title="立即监测", scope="city"),
    "alerts.close": Permission(title="办结和重新打开预警", scope="area"),
    "actions.read": Permission(title="查看联合行动", scope="area"),
    "actions.plan": Permission(title="新建、补充和排定联合行动", scope="area"),
    "actions.approve": Permission(title="批准联合行动", scope="area"),
    "actions.print": Permission(title="打印行动单", scope="area"),
    "drawings.write": Permission(title="绘制、修改和删除图形", scope="area"),
    "imports.write": Permission(title="导入文件", scope="area"),
    "backtests.read": Permission(title="查看检验结果", scope="city"),
    "backtests.run": Permission(title="重新检验", scope="city"),
    "posts.act": Permission(title="选择办理岗位", scope="self"),
    "posts.read": Permission(title="查看岗位", scope="city"),
    "posts.write": Permission(title="登记和撤销岗位", scope="city"),
    "posts.invite": Permission(title="给同事邀请链接", scope="city"),
    "service.read": Permission(title="查看后台任务和接口说明", scope="city"),
    "session.hold": Permission(title="登录和退出", scope="self"),
}


def allows(actor: Actor, permission: str) -> bool:
    """Whether that actor has the permission: everybody who has signed in has each of them."""
    return permission in PERMISSIONS and actor != PUBLIC
