"""Audit AG-Synth: is it solved by cheats, too easy, too hard, or blind to what it says it varies?

One idea a module: `colour_texture` and `cues` (descriptors that learn nothing), `sights` (render a test part and describe
every image), `contest` (rank and score with the scorer), `figures` (a value, its interval, its bar), `shortcuts`,
`difficulty`, `nuisances` and `alone` (what is asked), `subject`, `persons`, `vehicles` and `subjects` (of whom), `auditor`
(all of it), `report` (the table).
"""
