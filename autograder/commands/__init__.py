"""The subcommands of ``autograder``, one module each, and the helper modules that they share.

``autograder.cli`` lists the commands; a command's module is imported when the command is run.
"""
