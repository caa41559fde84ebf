"""One slow evaluator per module, in plain loops: `figures(case)` gives what the public one prints, as fractions.

Written from descriptions (scoring/README.md, "Parity with public evaluators"); they share no code with the library or each other.
"""
