"""The course, as nbgrader sees it. Everything that is special about it is in ``configure``."""

from autograder.nbgrader_ext.config import configure

c = get_config()
configure(c)

c.CourseDirectory.course_id = "deep-foundations"

# Fresh inputs of hidden checks are drawn from a random seed that the first command makes, in
# .autograder/seed. All machines that grade this course need the same one: copy that file.
