"""What the page of the audit shows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from layers import audit
from layers.actor import Actor

PAGE = 100
#: What the kinds are called; one that is not here stands as it is.
TITLES: Mapping[str, str] = {
    "done": "办理", "refused": "拒绝", "command": "命令", "signed_in": "登录", "signed_out": "退出",
    "sign_in_refused": "登录失败", "exported": "导出", "internal_map": "内部图", "invited": "邀请",
    "account_added": "登记账户", "account_disabled": "停用账户", "account_enabled": "启用账户",
    "role_changed": "改角色",
    "post_added": "登记岗位", "post_removed": "撤销岗位", "post_given": "给岗位", "post_taken": "收岗位",
    "post_handed_over": "岗位交接", "tip_placed": "线索定位", "password_changed": "改口令",
    "second_factor_added": "开启动态码", "second_factor_dropped": "关闭动态码", "sign_in_revoked": "结束登录",
}  # fmt: skip


def page(
    connection: sa.Connection, actor: Actor, data: Path, *,  # noqa: ARG001 - a workflow says who acts
    account: str, action: str, before: int | None
) -> dict[str, Any]:  # fmt: skip
    """Entries and the state of the seal: rows, kinds (those there are), verdict, older (where the next page starts)."""
    rows = audit.entries(connection, account=account, action=action, before=before, limit=PAGE + 1)
    return {
        "rows": rows[:PAGE],
        "older": rows[PAGE - 1]["audit_id"] if len(rows) > PAGE else None,
        "kinds": {kind: TITLES.get(kind, kind) for kind in audit.kinds(connection)},
        "verdict": audit.verify(connection, data),
    }
