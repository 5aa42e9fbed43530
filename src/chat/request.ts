// The canonical chat request: the requests of every API format are decoded into it and encoded from it.
import type { CacheMark, Extra, Part } from './part.ts'

export type Role = 'system' | 'developer' | 'user' | 'assistant' | 'tool'

export interface Message {
  /** `tool` if the format has separate messages for results; in other formats results are in `user` messages. */
  readonly role: Role
  readonly parts: readonly Part[]
  /** The name of a participant, if the format has it. */
  readonly name?: string
  /** The content was written as a plain string, not as a list. Formats with both forms write it back as it was. */
  readonly isPlain?: boolean
  readonly extra?: Extra
}

export type JsonSchema = Readonly<Record<string, unknown>>

/** How a client knows a tool that other formats know as a plain function. */
export interface ClientTool {
  readonly name: string
  /** The group of the tool, in formats that have groups. */
  readonly namespace?: string
  /** Its input is a free text, which other formats write as `{"input": text}`. */
  readonly isFreeform?: true
  /** It finds tools, which the client runs: Codex's `tool_search`. */
  readonly isToolSearch?: true
}

/** A function that the client runs. */
export interface FunctionTool {
  readonly type: 'function'
  readonly name: string
  /** The tool as the client knows it, to be restored in the response; undefined: as it is here. */
  readonly client?: ClientTool
  readonly description?: string
  /** Undefined: it takes no arguments. */
  readonly parameters?: JsonSchema
  readonly strict?: boolean
  readonly cache?: CacheMark
  readonly extra?: Extra
}

/** A tool that exists in one format only: web search, code execution. Other formats reject it by name. */
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
  /** Only these may be called; `mustCall`: one of them must be called. */
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

/** How much the model may reason. At least one field is set. */
export interface ReasoningControl {
  readonly effort?: Effort
  /** Maximum reasoning tokens. */
  readonly budgetTokens?: number
  /** `off`: no reasoning; `on`: within the budget; `adaptive`: the model decides. */
  readonly mode?: 'off' | 'on' | 'adaptive'
  /** Whether and how reasoning is shown: `auto`, `concise`, `detailed`; `none`: hidden. */
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
  /** The number of choices; undefined: one. */
  readonly choices?: number
}

export interface ChatRequest {
  /** The format it was decoded from; its `extra` fields belong to that format. */
  readonly format: string
  /** As the client wrote it; the model name sent upstream comes from the target. */
  readonly model: string | undefined
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  readonly parallelTools?: boolean
  readonly output?: OutputFormat
  readonly reasoning?: ReasoningControl
  readonly sampling: Sampling
  readonly maxOutput?: number
  /** Sequences that end the response. */
  readonly stop: readonly string[]
  readonly stream: boolean
  /** The client wants usage at the end of its stream; true for formats that always send it. */
  readonly wantsUsage: boolean
  /** The end user, for abuse detection. */
  readonly user?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Service tier, in OpenAI's values: `auto`, `default`, `flex`, `priority`, `scale`, `fast`. */
  readonly tier?: string
  readonly verbosity?: 'low' | 'medium' | 'high'
  readonly store?: boolean
  /** A cache mark on the whole request: it applies to the last cacheable part. */
  readonly cache?: CacheMark
  readonly cacheKey?: string
  readonly extra?: Extra
}
