"""The tools of the loops, and what the harness tells them through the environment."""
import os
import subprocess

URL = os.environ["LOOP_URL"]
KEY = os.environ["LOOP_KEY"]
MODEL = os.environ["LOOP_MODEL"]
PROMPT = os.environ["LOOP_PROMPT"]
MAX_TURNS = 12


def read(file: str) -> str:
    """Reads a file.

    Args:
        file: The path.
    """
    with open(file, encoding="utf-8") as opened:
        return opened.read()


def write(file: str, content: str) -> str:
    """Writes a file.

    Args:
        file: The path.
        content: The text.
    """
    with open(file, "w", encoding="utf-8") as opened:
        opened.write(content)
    return "written"


def shell(command: str) -> str:
    """Runs a shell command.

    Args:
        command: The command.
    """
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr or "no output"


TOOLS = {"read": read, "write": write, "shell": shell}
PARAMETERS = {"read": ["file"], "write": ["file", "content"], "shell": ["command"]}


def schema(name: str) -> dict:
    names = PARAMETERS[name]
    return {"type": "object", "properties": {each: {"type": "string"} for each in names}, "required": names}
