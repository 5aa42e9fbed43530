from typing import Iterable, Union

import instructor
from instructor.core.exceptions import InstructorError
from openai import OpenAI
from pydantic import create_model
from tools import KEY, MAX_TURNS, MODEL, PROMPT, TOOLS, URL, schema

Read, Write, Shell = (create_model(name, **{field: (str, ...) for field in schema(name)["properties"]}) for name in ("read", "write", "shell"))
client = instructor.from_openai(OpenAI(base_url=f"{URL}/v1", api_key=KEY), mode=instructor.Mode.PARALLEL_TOOLS)
responses = []
client.on("completion:response", responses.append)
messages = [{"role": "user", "content": PROMPT}]
for _ in range(MAX_TURNS):
    try:
        calls = list(client.chat.completions.create(model=MODEL, messages=messages, max_retries=0, response_model=Iterable[Union[Read, Write, Shell]]))
    except InstructorError:
        # It takes a text instead of calls as an error.
        print(responses[-1].choices[0].message.content)
        break
    answers = [TOOLS[type(call).__name__](**call.model_dump()) for call in calls]
    message = responses[-1].choices[0].message
    # It would send an empty list for content that is missing, which OpenAI refuses.
    messages.append({"content": "Working.", **message.model_dump(exclude_none=True)})
    for call, answer in zip(message.tool_calls, answers, strict=True):
        messages.append({"role": "tool", "tool_call_id": call.id, "content": answer})
