"""The posts in whose names people act, and their invitations."""
