"""Joint raids: targets, documents, teams, one moment, the printed order."""
