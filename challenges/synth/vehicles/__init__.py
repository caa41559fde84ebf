"""Make AG-Synth Vehicles: vehicles seen from above, the second population of the renderer.

`attributes` and `population` (which), `scenes` and `shot` (how they are seen), `coach`, `heavy`, `forms` and `fittings`
(shape, windows, marks), `parts` (what is told apart), `road`, `scenery` and `light` (pixels in integers), `sites` (the
drones' sensors), `render`, `factors`, `plan` and `traffic` (rows and releases). Camera, rasteriser, sun, sensor and all
files are those of `challenges.synth`.
"""
