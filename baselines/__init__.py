"""Run the field's methods on a release and answer like any participant.

`baselines.catalogue` lists the recipes and loads no learning framework; everything else is reached by
`python -m baselines`. This package sees what a participant sees: images and manifests, never hidden labels.
"""
