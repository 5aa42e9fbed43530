import sys

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from tools import KEY, MAX_TURNS, MODEL, PROMPT, TOOLS, URL


def create(maker: str):
    if maker == "anthropic":
        from langchain_anthropic import ChatAnthropic

        return ChatAnthropic(model=MODEL, api_key=KEY, base_url=URL, max_tokens=2000)
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model=MODEL, api_key=KEY, base_url=f"{URL}/v1", use_responses_api=maker == "responses")


chat = create(sys.argv[1]).bind_tools([tool(each) for each in TOOLS.values()])
messages = [HumanMessage(PROMPT)]
for _ in range(MAX_TURNS):
    answer = chat.invoke(messages)
    messages.append(answer)
    for call in answer.tool_calls:
        messages.append(ToolMessage(TOOLS[call["name"]](**call["args"]), tool_call_id=call["id"]))
    if not answer.tool_calls:
        print(answer.text if isinstance(answer.text, str) else answer.text())
        break
