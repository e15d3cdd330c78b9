"""The catalogue: facts as data, each with its source, and typed look-ups.

Belongs here: machine types, network cards, zones, prices, charts, images, what goes with what.
Does not: choices (`plan.resolve`) and checks (`plan.rules`). Versions stand here and nowhere else.

Files are read at the first look-up, once. An empty field is "not known" and never a guess.
"""
