"""Usage errors of commands in one Chinese sentence, instead of click's three English lines."""

import click


def in_one_sentence(error: click.UsageError) -> str:
    """What is wrong, and where the usage is told."""
    path = error.ctx.command_path if error.ctx else "wuchuan"
    return f"{_fault(error)};用法见 {path} --help"


def _fault(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"没有选项 {error.option_name}{_near(error.possibilities)}"
        case click.NoSuchCommand():
            return f"没有命令 {error.command_name}{_near(error.possibilities)}"
        case click.BadOptionUsage():
            return f"选项 {error.option_name} " + ("后面缺少值" if "requires" in error.message else "不带值")
        case click.MissingParameter():
            return f"缺少 {_name(error)}"
        case click.BadParameter():
            return f"{_name(error)} {_rule(error)}".strip()
    return _of_no_kind(error.message)


def _of_no_kind(message: str) -> str:
    """What click has no class of its own for; a message of the house's own stays."""
    if message.startswith("Got unexpected extra argument"):
        return f"多出了 {message.partition('(')[2].removesuffix(')')}"
    return "缺少命令" if message == "Missing command." else message


def _near(names: list[str] | None) -> str:
    return f",相近的有 {'、'.join(names)}" if names else ""


def _name(error: click.BadParameter) -> str:
    if isinstance(error.param, click.Option):
        return max(error.param.opts, key=len)
    return error.param.human_readable_name if error.param else str(error.param_hint or "")


def _rule(error: click.BadParameter) -> str:
    """What the value must be where click tells it; a message of the house's own stays."""
    match error.param.type if error.param else None:
        case click.Choice(choices=choices):
            return "只能是 " + "、".join(map(str, choices))
        case click.IntRange(min=least, max=most):
            return f"要是 {least} {'以上' if most is None else f'到 {most}'} 的整数"
        case click.FloatRange(min=least, max=most):
            return f"要是 {least:g} 到 {most:g} 的数"
        case click.Path(file_okay=file_okay):
            return "要是能读的文件" if file_okay else "要是能读的文件夹"
        case kind if kind in (click.INT, click.FLOAT):
            return "要是整数" if kind is click.INT else "要是数"
    return error.message
