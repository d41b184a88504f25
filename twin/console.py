"""What all commands share: tables as text, and bad input as a message with an exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from twin.errors import ParameterSetError, StudyError, TwinError

BAD_INPUT, FAILED, INTERRUPTED = 2, 3, 130


@contextmanager
def reported() -> Iterator[None]:
    """Turn bad input into a message and an exit code."""
    try:
        yield
    except TwinError as error:
        typer.echo(printable(str(error)), err=True)
        if isinstance(error, StudyError | ParameterSetError) and len(error.problems) > 1:
            typer.echo(f"{len(error.problems)} problems in {error.source}", err=True)
        raise typer.Exit(BAD_INPUT) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(printable(f"{where}{error.strerror or error}"), err=True)
        raise typer.Exit(BAD_INPUT) from None


def printable(text: str) -> str:
    r"""Return a text that comes from elsewhere without what would steer a terminal.

    >>> printable("\x1b[31mred")
    '?[31mred'
    """
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def print_table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, flush_left: bool = False
) -> None:
    """Print a table; plain text where the output is no terminal."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        typer.echo(plain_table(titles, rows, flush_left=flush_left))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for title in titles:
        table.add_column(Text(title), justify="left" if flush_left else "right")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def plain_table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, flush_left: bool = False
) -> str:
    """Return a table as text with columns set flush right, or left.

    >>> print(plain_table(["cycle", "LLI"], [["0", "0.00"], ["25", "1.25"]]))
    cycle   LLI
        0  0.00
       25  1.25
    """
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    set_flush = str.ljust if flush_left else str.rjust
    lines = (
        "  ".join(set_flush(text, width) for text, width in zip(line, widths, strict=True))
        for line in (titles, *rows)
    )
    return "\n".join(line.rstrip() if flush_left else line for line in lines)
