// An agent of the AI SDK, with the provider that the first argument names. It streams, as its documentation shows.
import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { isStepCount, streamText, tool, type ToolSet } from 'ai'
import { apiKey, MAX_TURNS, model, prompt, tools, url } from './tools.ts'

const MODELS = {
  openai: () => createOpenAI({ baseURL: `${url}/v1`, apiKey })(model),
  compatible: () => createOpenAICompatible({ name: 'sluice', baseURL: `${url}/v1`, apiKey })(model),
  anthropic: () => createAnthropic({ baseURL: `${url}/v1`, apiKey })(model),
  google: () => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey })(model),
}

const toolSet: ToolSet = Object.fromEntries(
  tools.map(({ name, description, parameters, run }) => [
    name,
    tool({ description, inputSchema: parameters, execute: (input) => run(input as Record<string, string>) }),
  ]),
)

const result = streamText({
  model: MODELS[process.argv[2] as keyof typeof MODELS](),
  prompt,
  tools: toolSet,
  stopWhen: isStepCount(MAX_TURNS),
  maxRetries: 1,
})
for await (const part of result.fullStream) if (part.type === 'error') throw part.error
console.log(await result.text)
