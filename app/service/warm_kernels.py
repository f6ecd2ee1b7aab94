"""Compile what the pages and the worker compute with, before anybody waits for it."""

import os

import numpy as np
import shapely

from gis import clusters, density, roads

#: Most often all is compiled already, and a first start has better work for its processors.
NICE = 19


def warm_kernels() -> None:
    """Call heat map, clusters and travel times on five places: compiled into numba's cache where that was not done."""
    xy = np.array([[500_000.0 + 40 * place, 2_900_000.0] for place in range(5)])
    # as large as a city: a small grid is smoothed in another way
    density.kernel_density(xy, bounds=(4e5, 2.8e6, 6e5, 3e6), cell_m=375.0, bandwidth_m=1500.0)
    clusters.dbscan(xy, radius_m=150.0, min_points=3)
    network = roads.RoadNetwork.from_lines([shapely.LineString(xy)], speed_kmh=30.0)
    roads.travel_minutes(network, xy[:2], xy[2:])


if __name__ == "__main__":
    os.nice(NICE)
    warm_kernels()
