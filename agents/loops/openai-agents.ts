// An agent of OpenAI's Agents SDK, which the harness has installed. Chat Completions if the first argument is `chat`.
import OpenAI from 'openai'
import { installed } from '../install.ts'
import { apiKey, MAX_TURNS, model, prompt, tools, url } from './tools.ts'

/** The part of the SDK that is used here: it is no dependency, so its types are not there. */
interface AgentsSdk {
  readonly Agent: new (options: object) => object
  run(agent: object, input: string, options: object): Promise<{ readonly finalOutput: unknown }>
  setDefaultOpenAIClient(client: unknown): void
  setOpenAIAPI(name: string): void
  setTracingDisabled(disabled: boolean): void
  tool(options: object): object
}

const sdk = (await import(installed('@openai/agents', 'dist/index.mjs'))) as AgentsSdk
sdk.setTracingDisabled(true)
sdk.setOpenAIAPI(process.argv[2] === 'chat' ? 'chat_completions' : 'responses')
sdk.setDefaultOpenAIClient(new OpenAI({ baseURL: `${url}/v1`, apiKey }))

const agent = new sdk.Agent({
  name: 'Poet',
  model,
  instructions: 'Use the tools.',
  tools: tools.map(({ name, description, parameters, run }) =>
    sdk.tool({ name, description, parameters, execute: (input: Record<string, string>) => run(input) }),
  ),
})
const { finalOutput } = await sdk.run(agent, prompt, { maxTurns: MAX_TURNS })
console.log(finalOutput)
