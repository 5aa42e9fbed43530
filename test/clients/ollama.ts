import {
  asChatTool,
  type Client,
  type ClientRequest,
  type GatewayAddress,
  type Outcome,
  systemTexts,
  type Turn,
} from './client.ts'

class OllamaError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

interface Line {
  readonly error?: string
  readonly done?: boolean
  readonly message?: {
    readonly content: string
    readonly thinking?: string
    readonly tool_calls?: readonly { readonly function: { readonly name: string; readonly arguments: object } }[]
  }
  readonly done_reason?: string
  readonly prompt_eval_count?: number
  readonly eval_count?: number
  readonly eval_duration?: number
}

/** Ollama's own API, by requests as its libraries send them: every line of a stream must be a response. */
export function ollama({ url, key }: GatewayAddress): Client {
  const post = (path: string, body: object) =>
    fetch(`${url}/api/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  return {
    name: 'ollama',
    library: undefined,
    format: 'ollama',
    lacks: {
      'forced tool': 'its API has no tool_choice',
      file: 'its API has images only',
      'cached tokens': 'its API does not report cached tokens',
    },
    statusOf: (thrown) => (thrown instanceof OllamaError ? thrown.status : undefined),
    async send(request, how) {
      const response = await post('chat', { ...bodyOf(request), ...(how === 'whole' && { stream: false }) })
      const text = await response.text()
      if (!response.ok) throw new OllamaError(response.status, (JSON.parse(text) as { error: string }).error)
      const lines = how === 'whole' ? [JSON.parse(text) as Line] : text.trimEnd().split('\n').map(asLine)
      return outcomeOf(lines)
    },
  }
}

function asLine(text: string): Line {
  const line = JSON.parse(text) as Line
  if (line.error !== undefined) throw new OllamaError(-1, line.error)
  return line
}

const bodyOf = ({ model, turns, tools, choice, maxTokens, schema, thinks }: ClientRequest) => ({
  model,
  messages: [
    ...systemTexts(turns).map((content) => ({ role: 'system', content })),
    ...turns.filter(({ role }) => role !== 'system').map(messageOf),
  ],
  ...(tools && choice !== 'none' && { tools: tools.map(asChatTool) }),
  ...(schema && { format: schema }),
  ...(thinks && { think: true }),
  options: { ...(maxTokens !== undefined && { num_predict: maxTokens }) },
  keep_alive: '5m',
})

function messageOf(turn: Turn): object {
  switch (turn.role) {
    case 'calls':
      return {
        role: 'assistant',
        content: '',
        tool_calls: turn.calls.map(({ name, args }) => ({ function: { name, arguments: args } })),
      }
    case 'result':
      return { role: 'tool', tool_name: turn.name, content: turn.text }
    case 'user':
      return { role: 'user', content: turn.text, ...(turn.image !== undefined && { images: [turn.image] }) }
    default:
      return { role: turn.role, content: turn.text }
  }
}

function outcomeOf(lines: readonly Line[]): Outcome {
  const last = lines.at(-1)!
  if (!last.done) throw new Error('the response has no end')
  const calls = lines.flatMap(({ message }) => message?.tool_calls ?? [])
  return {
    text: lines.map(({ message }) => message!.content).join(''),
    reasoning: lines.map(({ message }) => message!.thinking ?? '').join(''),
    calls: calls.map(({ function: { name, arguments: args } }) => ({ name, args })),
    finish: calls.length > 0 && last.done_reason === 'stop' ? 'tool-calls' : last.done_reason!,
    input: last.prompt_eval_count!,
    cached: 0,
    output: last.eval_count!,
  }
}
