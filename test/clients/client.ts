// A request and its outcome, independent of a client library. The drivers beside this file translate both into the calls of
// one official SDK, as its users would write them.
import manifest from '../../package.json'

export type Library = keyof typeof manifest.devDependencies

export interface Call {
  readonly id: string
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
}

export type Turn =
  | { readonly role: 'system' | 'assistant'; readonly text: string }
  | {
      readonly role: 'user'
      readonly text: string
      /** PNG, base64. */
      readonly image?: string
      /** PDF, base64. */
      readonly file?: string
    }
  | { readonly role: 'calls'; readonly calls: readonly Call[] }
  | { readonly role: 'result'; readonly id: string; readonly name: string; readonly text: string }

export const systemTexts = (turns: readonly Turn[]): string[] =>
  turns.flatMap((turn) => (turn.role === 'system' ? [turn.text] : []))

export interface ToolSpec {
  readonly name: string
  readonly description: string
  readonly schema: { readonly type: 'object'; readonly [key: string]: unknown }
}

export interface ClientRequest {
  readonly model: string
  readonly turns: readonly Turn[]
  readonly tools?: readonly ToolSpec[]
  /** `required`: any tool; a name: this one. */
  readonly choice?: 'required' | 'none' | { readonly name: string }
  readonly maxTokens?: number
  /** The response must be JSON that matches this schema. */
  readonly schema?: { readonly type: 'object'; readonly [key: string]: unknown }
  readonly thinks?: boolean
}

export interface Outcome {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly { readonly name: string; readonly args: unknown }[]
  readonly finish: 'stop' | 'length' | 'tool-calls' | (string & {})
  readonly input: number
  /** The part of the input that was read from a cache. */
  readonly cached: number
  readonly output: number
}

export type Feature =
  | 'tools'
  | 'forced tool'
  | 'image'
  | 'file'
  | 'structured output'
  | 'reasoning'
  | 'length'
  | 'cached tokens'
  | 'broken streams'
  | 'token counts'

/** A client that uses the gateway as its base URL: an official library, or requests as it sends them. */
export interface Client {
  readonly name: string
  /** Its package, one of the development dependencies; undefined: requests without a library. */
  readonly library: Library | undefined
  /** The API format that it uses. */
  readonly format: string
  /** The features that its users cannot request or cannot see, with the reason. */
  readonly lacks: Readonly<Partial<Record<Feature, string>>>
  /** The library wraps the text of a tool result in an object, which the model receives. */
  readonly wrapsResult?: (name: string, text: string) => unknown
  /**
   * For streams the library does not show the finish reason, and reads prompt tokens only from the first event; most
   * upstreams send them at the end.
   */
  readonly hidesStreamEnds?: boolean
  readonly send: (request: ClientRequest, how: 'whole' | 'stream') => Promise<Outcome>
  /** Counts the tokens of a prompt; undefined if the library has no method for it, or none that calls a server. */
  readonly count?: (request: ClientRequest) => Promise<number>
  /** The status of an error of the library; undefined for other thrown values. */
  readonly statusOf: (thrown: unknown) => number | undefined
}

/** The gateway's URL and a key. */
export interface GatewayAddress {
  readonly url: string
  readonly key: string
}

/** The same request as a Chat Completions body, from which the simulated model's response follows. */
export const asChatBody = ({ model, turns, tools, choice, maxTokens, schema, thinks }: ClientRequest) => ({
  model,
  messages: asChatMessages(turns),
  ...(tools && { tools: tools.map(asChatTool) }),
  ...(choice && { tool_choice: typeof choice === 'string' ? choice : { type: 'function', function: choice } }),
  ...(maxTokens !== undefined && { max_completion_tokens: maxTokens }),
  ...(schema && { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } }),
  ...(thinks && { reasoning_effort: 'medium' }),
})

export const asChatTool = ({ name, description, schema }: ToolSpec) => ({
  type: 'function' as const,
  function: { name, description, parameters: schema },
})

const asChatMessages = (turns: readonly Turn[]) => turns.map(asChatMessage)

function asChatMessage(turn: Turn) {
  switch (turn.role) {
    case 'calls':
      return { role: 'assistant', content: null, tool_calls: turn.calls.map(asChatCall) }
    case 'result':
      return { role: 'tool', tool_call_id: turn.id, content: turn.text }
    case 'user':
      return { role: 'user', content: asChatContent(turn) }
    default:
      return { role: turn.role, content: turn.text }
  }
}

const asChatCall = ({ id, name, args }: Call) => ({
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(args) },
})

const asChatContent = ({ text, image, file }: Extract<Turn, { role: 'user' }>) =>
  image === undefined && file === undefined
    ? text
    : [
        { type: 'text', text },
        ...(image === undefined ? [] : [{ type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } }]),
        ...(file === undefined ? [] : [{ type: 'file', file: { filename: FILE_NAME, file_data: pdfUrl(file) } }]),
      ]

export const FILE_NAME = 'page.pdf'

export const pdfUrl = (data: string) => `data:application/pdf;base64,${data}`
