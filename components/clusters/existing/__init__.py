"""A cluster that somebody else made: looked at, adopted or refused, never changed.

Belongs here: reading what stands in it, and the verdict on a plan for it. Does not: installing
anything, which is the platform's.
"""
