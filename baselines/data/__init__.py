"""Feed training: the labelled images of a release, their decoded pixels, and which of them make each batch."""

from baselines.data.cache import PixelCache
from baselines.data.samplers import Sampler, build_sampler
from baselines.data.training_set import TrainingSet, read_training_set

__all__ = ["PixelCache", "Sampler", "TrainingSet", "build_sampler", "read_training_set"]
