"""What the notebooks import: data, networks, training, gradients, checks and pictures.

Nothing in here knows a solution or a hidden test: students install this package.
"""
