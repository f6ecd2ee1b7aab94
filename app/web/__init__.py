"""One blueprint per noun; a view parses, calls one read or workflow, and renders."""
