import sys

from pydantic_ai import Agent
from tools import KEY, MODEL, PROMPT, URL, read, shell, write


def create(maker: str):
    if maker == "anthropic":
        from anthropic import AsyncAnthropic
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        return AnthropicModel(MODEL, provider=AnthropicProvider(anthropic_client=AsyncAnthropic(base_url=URL, api_key=KEY)))
    if maker == "google":
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider

        return GoogleModel(MODEL, provider=GoogleProvider(api_key=KEY, base_url=URL))
    from pydantic_ai.providers.openai import OpenAIProvider

    provider = OpenAIProvider(base_url=f"{URL}/v1", api_key=KEY)
    if maker == "responses":
        from pydantic_ai.models.openai import OpenAIResponsesModel

        return OpenAIResponsesModel(MODEL, provider=provider)
    from pydantic_ai.models.openai import OpenAIChatModel

    return OpenAIChatModel(MODEL, provider=provider)


agent = Agent(create(sys.argv[1]), tools=[read, write, shell], instructions="Use the tools.")
print(agent.run_sync(PROMPT).output)
