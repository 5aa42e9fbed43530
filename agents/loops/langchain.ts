// A loop of LangChain, with the chat model that the first argument names.
import { ChatAnthropic } from '@langchain/anthropic'
import { HumanMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatGoogleGenerativeAI } from '@langchain/google-genai'
import { ChatOpenAI } from '@langchain/openai'
import { apiKey, MAX_TURNS, model, prompt, tools, url } from './tools.ts'

const bound = tools.map(({ name, description, parameters, run }) =>
  tool((input) => run(input as Record<string, string>), { name, description, schema: parameters }),
)

const MODELS = {
  openai: () => new ChatOpenAI({ model, apiKey, configuration: { baseURL: `${url}/v1` } }).bindTools(bound),
  responses: () =>
    new ChatOpenAI({ model, apiKey, useResponsesApi: true, configuration: { baseURL: `${url}/v1` } }).bindTools(bound),
  anthropic: () => new ChatAnthropic({ model, apiKey, anthropicApiUrl: url }).bindTools(bound),
  google: () => new ChatGoogleGenerativeAI({ model, apiKey, baseUrl: url }).bindTools(bound),
}

const chat = MODELS[process.argv[2] as keyof typeof MODELS]()
const messages: BaseMessage[] = [new HumanMessage(prompt)]
for (let turn = 0; turn < MAX_TURNS; turn++) {
  const answer = await chat.invoke(messages)
  messages.push(answer)
  const { tool_calls: calls = [] } = answer
  if (calls.length === 0) {
    console.log(answer.text)
    break
  }
  for (const { id, name, args } of calls) {
    const output = tools.find((each) => each.name === name)!.run(args as Record<string, string>)
    messages.push(new ToolMessage({ content: output, tool_call_id: id! }))
  }
}
