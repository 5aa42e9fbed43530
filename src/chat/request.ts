// The canonical chat request: what every wire language is read into, and written from.
import type { CacheMark, Extra, Part } from './part.ts'

export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool'

export interface Message {
  /** `tool` where the language has messages of its own for results; elsewhere results stand in `user` messages. */
  readonly role: Role
  readonly parts: readonly Part[]
  /** Of a participant, where the language has it. */
  readonly name?: string
  /** Its content was written as one bare text. For languages that have both forms, to write it as it was. */
  readonly isPlain?: boolean
  readonly extra?: Extra
}

export type JsonSchema = Readonly<Record<string, unknown>>

/** A function that the caller runs. */
export interface FunctionTool {
  readonly type: 'function'
  readonly name: string
  readonly description?: string
  /** Undefined: it takes no arguments. */
  readonly parameters?: JsonSchema
  readonly strict?: boolean
  readonly cache?: CacheMark
  readonly extra?: Extra
}

/** A tool that only one language has: web search, code execution. Elsewhere it is refused by name. */
export interface NativeTool {
  readonly type: 'native'
  readonly format: string
  readonly kind: string
  readonly value: unknown
}

export type Tool = FunctionTool | NativeTool

export type ToolChoice =
  | { readonly type: 'auto' | 'required' | 'none' }
  | { readonly type: 'tool'; readonly name: string }
  /** Only these may be called; `mustCall`: one of them has to be. */
  | { readonly type: 'subset'; readonly names: readonly string[]; readonly mustCall: boolean }
  | { readonly type: 'native'; readonly format: string; readonly value: unknown }

export type OutputFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json' }
  | {
      readonly type: 'json-schema'
      readonly schema: JsonSchema
      readonly name?: string
      readonly description?: string
      readonly strict?: boolean
    }

export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** How much the model may think. At least one field is there. */
export interface ReasoningControl {
  readonly effort?: Effort
  /** Tokens of thought at most. */
  readonly budgetTokens?: number
  /** `off`: not at all; `on`: with the budget; `adaptive`: as the model sees fit. */
  readonly mode?: 'off' | 'on' | 'adaptive'
  /** Whether the thoughts are to be shown, and how: `auto`, `concise`, `detailed`; `none`: hidden. */
  readonly summary?: 'auto' | 'concise' | 'detailed' | 'none'
}

export interface Sampling {
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly minP?: number
  readonly seed?: number
  readonly frequencyPenalty?: number
  readonly presencePenalty?: number
  readonly logitBias?: Readonly<Record<string, number>>
  readonly logprobs?: boolean
  readonly topLogprobs?: number
  /** How many answers; undefined is one. */
  readonly choices?: number
}

export interface ChatRequest {
  /** The language it was read from: whose `extra` fields it carries. */
  readonly format: string
  /** As the client wrote it; what is sent upstream comes from the target. */
  readonly model: string | undefined
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  readonly parallelTools?: boolean
  readonly output?: OutputFormat
  readonly reasoning?: ReasoningControl
  readonly sampling: Sampling
  readonly maxOutput?: number
  /** Sequences that end the answer. */
  readonly stop: readonly string[]
  readonly stream: boolean
  /** The client wants usage at the end of its stream. Languages that always send it say true. */
  readonly wantsUsage: boolean
  /** The end user, for abuse detection. */
  readonly user?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Service tier, in OpenAI's words: `auto`, `default`, `flex`, `priority`, `scale`, `fast`. */
  readonly tier?: string
  readonly verbosity?: 'low' | 'medium' | 'high'
  readonly store?: boolean
  /** A cache mark on the request as a whole: on its last cacheable part. */
  readonly cache?: CacheMark
  readonly cacheKey?: string
  readonly extra?: Extra
}
