"""A small form in the notebook for the particulars on a lab report's cover.

What is typed goes to ``labreport/particulars.toml`` when *Save* is pressed, and the fields are
emptied: a notebook can be saved with the state of its widgets, and a name must not be in it.
"""

from __future__ import annotations

from pathlib import Path

from utils.labreport import cover, words


def show_cover_form(language: str) -> None:
    """Display the form.

    Args:
        language: The language of its labels, such as ``zh_CN``.
    """
    import ipywidgets  # noqa: PLC0415  a notebook that is graded has no use for it
    from IPython.display import display  # noqa: PLC0415

    say = words.load(language)
    here = Path.cwd()
    folder = cover.find_folder(here) or here.parent / cover.FOLDER
    form = cover.load_form(folder)
    known = dict(cover.load_particulars(folder).values)
    inputs = {
        field.name: ipywidgets.Text(
            description=field.label(language),
            placeholder=say["filled_in"] if known.get(field.name) else "",
            style={"description_width": "9em"},
            layout={"width": "30em"},
        )
        for field in form.fields
    }
    button = ipywidgets.Button(description=say["save"], button_style="primary")
    message = ipywidgets.Label()

    def save(_: object) -> None:
        typed = {name: one.value.strip() for name, one in inputs.items() if one.value.strip()}
        known.update(typed)
        try:
            path = cover.save_particulars(folder, known)
        except OSError as error:
            message.value = f"{folder}: {error.strerror}."
            return
        for name in typed:
            inputs[name].value, inputs[name].placeholder = "", say["filled_in"]
        message.value = say["saved"].format(path=f"{path.parent.name}/{path.name}")

    button.on_click(save)
    # In a page without a kernel this text replaces the form, and it says nothing of the student.
    box = type("CoverForm", (ipywidgets.VBox,), {"__repr__": lambda _: f"[{say['form']}]"})
    display(box([*inputs.values(), ipywidgets.HBox([button, message])]))
