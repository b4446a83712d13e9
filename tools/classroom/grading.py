"""The form of a notebook that nbgrader releases, collects and grades.

The solution stands between nbgrader's marks, where a student finds `return None`; one hidden line
asks the exercise's check for its verdict, because the check itself never raises.
"""

import re

from nbformat import NotebookNode

from tools.classroom.forms import SOLUTION, student

CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
STUB = re.compile(r"def (\w+)\(.*\):\n    return None\s*")
SETTINGS = """\
c = get_config()  # noqa
c.CourseDirectory.course_id = "saliency"
c.ClearSolutions.code_stub = {"python": "return None"}
"""


def graded(notebook: NotebookNode, number: str) -> NotebookNode:
    """The student's copy with the solution where nbgrader cuts it out again.

    Parameters
    ----------
    notebook : NotebookNode
        As stored; it is changed.
    number : str
        Of the notebook, "01" and so on.

    Returns
    -------
    NotebookNode
    """
    (solution,) = (cell.source for cell in notebook.cells if SOLUTION in cell.source)
    (stub,) = (cell for cell in notebook.cells if STUB.fullmatch(cell.source))
    (check,) = (c for c in notebook.cells if c.source.startswith(f"check_exercise_{number}("))
    name = STUB.fullmatch(stub.source)[1]
    stub.source = _marked(CODE.search(solution)[1].rstrip())
    check.source += (
        "\n### BEGIN HIDDEN TESTS\n"
        f"verdict = check_exercise_{number}({name})\n"
        'assert verdict.state == "Right", verdict.message\n'
        "### END HIDDEN TESTS"
    )
    _register(stub, f"exercise_{number}", solution=True, grade=False, locked=False)
    _register(check, f"check_{number}", solution=False, grade=True, locked=True, points=1)
    return student(notebook, number)


def _marked(code: str) -> str:
    """The body of the function between nbgrader's marks; imports stay above it."""
    head = re.search(r"^def .*:$", code, re.M)
    body = code[head.end() :].strip("\n")
    return f"{code[: head.end()]}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"


def _register(cell: NotebookNode, name: str, **facts) -> None:
    cell.metadata["nbgrader"] = {"grade_id": name, "schema_version": 3, "task": False, **facts}
