"""Where the independent pieces of a workflow are computed: here, in processes of this machine, or on a dask cluster.

A piece carries all that it needs, its seed included, and is computed alone: the results are the same to the last bit
wherever that happens, and a piece whose worker died is simply computed again.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from gis.errors import Unavailable

Piece = TypeVar("Piece")
Result = TypeVar("Result")

TIMES = 3
DASK = "dask://"


def spread(engine: str, function: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
    """``function`` of each piece, in the order of the pieces.

    ``engine`` is ``local``, ``processes`` or ``dask://host:port``, whose workers have the same release installed.

    Raises:
        Unavailable: workers died three times in a row, or the dask cluster is not there.
    """
    if engine == "local":
        return [function(piece) for piece in pieces]
    if engine == "processes":
        return _again(lambda: _computed("loky", function, pieces, n_jobs=-1))
    return _on_dask(engine.removeprefix(DASK), function, pieces)


def _computed(backend: str, function: Callable[[Piece], Result], pieces: Sequence[Piece], **how: Any) -> list[Result]:
    import joblib  # noqa: PLC0415 - what is computed here needs none

    with joblib.parallel_config(backend=backend, **how):
        return list(joblib.Parallel()(joblib.delayed(function)(piece) for piece in pieces))


def _again(compute: Callable[[], list[Result]]) -> list[Result]:
    """What it computes; loky gives all up when one of its processes is killed."""
    from joblib.externals.loky.process_executor import TerminatedWorkerError  # noqa: PLC0415

    for _ in range(TIMES):
        try:
            return compute()
        except TerminatedWorkerError:
            continue
    raise Unavailable("计算进程接连被终止(多半是内存不够),请改用 ENGINE=local 或换一台内存更大的机器", kind="workers")


def _on_dask(address: str, function: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, and half a second
    except ImportError as error:
        raise Unavailable("没有安装 dask,请执行 pip install wuchuan[distributed]", kind="no_dask") from error
    try:
        # typed in part
        with Client(f"tcp://{address}", timeout="10s", set_as_default=False) as client:  # type: ignore[no-untyped-call]
            return _computed("dask", function, pieces, client=client)
    except OSError as error:
        raise Unavailable(f"连不上 dask 集群 {address}", kind="no_dask") from error
