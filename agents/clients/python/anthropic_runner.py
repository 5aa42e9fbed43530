from anthropic import Anthropic, beta_tool
from tools import KEY, MODEL, PROMPT, TOOLS, URL

client = Anthropic(base_url=URL, api_key=KEY)
runner = client.beta.messages.tool_runner(
    model=MODEL,
    max_tokens=2000,
    tools=[beta_tool(tool) for tool in TOOLS.values()],
    messages=[{"role": "user", "content": PROMPT}],
)
message = runner.until_done()
print("".join(block.text for block in message.content if block.type == "text"))
