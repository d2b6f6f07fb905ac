"""The library that the notebooks import: data, networks, training, gradients, checks, pictures.

Students install this package, so it contains no solution and no hidden test.
"""
