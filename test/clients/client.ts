// One question in neutral words, and what any client library makes of it: the drivers beside this file put both into the
// words of one official SDK, as its users would.
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

export interface Ask {
  readonly model: string
  readonly turns: readonly Turn[]
  readonly tools?: readonly ToolSpec[]
  /** `required`: any tool; a name: this one. */
  readonly choice?: 'required' | 'none' | { readonly name: string }
  readonly maxTokens?: number
  /** The answer is to be JSON of this schema. */
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

/** An official client, pointed at the gateway by its base URL alone. */
export interface Client {
  readonly name: string
  /** The package that it is, among our development dependencies. */
  readonly library: Library
  /** The wire language that it speaks. */
  readonly format: string
  /** What its users cannot ask for, or cannot see, with the reason. */
  readonly lacks: Readonly<Partial<Record<Feature, string>>>
  /** The library puts a tool's text into an object of its own, and so it comes to the model. */
  readonly wrapsResult?: (name: string, text: string) => unknown
  /**
   * Of streams the library shows its users no reason of the end, and counts only what is said of the prompt at the beginning,
   * which most upstreams tell at the end.
   */
  readonly hidesStreamEnds?: boolean
  readonly ask: (ask: Ask, how: 'whole' | 'stream') => Promise<Outcome>
  /** How many tokens the prompt has; undefined where the library has no call for it, or none that asks a server. */
  readonly count?: (ask: Ask) => Promise<number>
  /** The status in an error of the library's own kind; undefined for any other thrown value. */
  readonly statusOf: (thrown: unknown) => number | undefined
}

/** Where the gateway listens, and a key for it. */
export interface GatewayAddress {
  readonly url: string
  readonly key: string
}

/** The same question as a Chat Completions body, by which the simulated model's answer is known beforehand. */
export const asChatBody = ({ model, turns, tools, choice, maxTokens, schema, thinks }: Ask) => ({
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
