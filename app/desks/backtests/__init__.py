"""The forecasts judged against what came."""
