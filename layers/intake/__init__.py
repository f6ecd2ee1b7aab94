"""Reading other people's files: opened in a locked-down child process, then understood row by row in the parent."""
