"""The trust line: the student's code in a jailed child, the test cells in a trusted process.

Nothing is imported here: the zygote imports from this package and must not pull in the examiner.
"""
