"""Give 95 % intervals for scores: how they would vary over other people, not over seeds, days or cameras."""
