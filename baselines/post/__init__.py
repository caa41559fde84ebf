"""Change features and distances after extraction, and label unlabelled images: functions of NumPy arrays.

Each step sets a facet, which `baselines.post.facets` declares. This file imports nothing.
"""
