"""Change training images at random, on the device where they are, each image by draws of its own."""

from baselines.augment.build import Augmentation, build_augmentation

__all__ = ["Augmentation", "build_augmentation"]
