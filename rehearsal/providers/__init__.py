"""Stand-in providers: the real engine talks to these in place of the Pulumi packages of a cloud.

Belongs here: the small interface every stand-in has, the simulated account they share (`world`),
what the real services refuse (one folder or file a package), and the process that serves them.
Does not belong here: what our program makes (`components/`), what it may ask for (`plan/`), and how
a rehearsal is run and reported (`rehearsal/`). Nothing here reaches a network or an account.
"""
