"""The forecasts judged against what came."""

from app.core.desk import Desk

DESK = Desk(folder="backtests", title="检验", address="/backtest", commands=("backtest",), has_jobs=True)
