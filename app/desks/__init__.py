"""One folder for each noun that users work on: its workflows, views, commands and page files."""
