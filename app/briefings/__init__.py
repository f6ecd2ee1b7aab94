"""Sheets of paper from the frames and styles of the web map: charts, risk maps, orders; PDF, PNG, SVG."""
