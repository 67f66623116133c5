"""The one exception for input a user can mend."""


class InputProblem(Exception):
    """Input that the user can mend: one sentence with file, place, found, expected and remedy.

    The message is all a user sees (`chemtag.base.log.log_to` prints it without a traceback), so it
    names the file and the column or key, what was found, what was expected and what to do.
    """
