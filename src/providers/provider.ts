import { type Operation, type WireName, WIRES } from '../formats/wires.ts'

/** What one kind of provider is, as data. Everything that differs between two servers of one format stands here. */
export interface ProviderType {
  readonly name: string
  /** Where it lives when the configuration does not say; undefined for servers that people run themselves. */
  readonly defaultUrl: string | undefined
  /** Added to a configured URL that has no path of its own. */
  readonly basePath: string
  /** The environment variables that usually hold its key, first match wins. */
  readonly keyVariables: readonly string[]
  /** Model names that are its own, as patterns with `*`: what a caller may ask for when nothing is configured. */
  readonly modelPatterns: readonly string[]
  readonly auth: (apiKey: string) => readonly [header: string, value: string]
  /** The languages it is asked in; of several for one operation the first is the one to translate into. */
  readonly speaks: readonly WireName[]
  /** Where it says that it is well, from the root of its server; undefined: nobody asks it. */
  readonly healthPath: string | undefined
  /** It accepts `stream_options.include_usage`. */
  readonly streamsUsage: boolean
  /** It can go on with an answer that another server began (`continue_final_message`). */
  readonly continues: boolean
  /** Request fields under other names there. */
  readonly renames: Readonly<Record<string, string>>
  /** Request fields that it rejects and that change nothing in the answer's meaning: removed, with a warning. */
  readonly drops: readonly string[]
  /** Request fields that it rejects and that do change the meaning: the call is refused. */
  readonly refuses: readonly string[]
  readonly url: (base: string, path: string, model: string, options: UrlOptions) => string
}

export interface UrlOptions {
  readonly apiVersion: string | undefined
}

export const bearer = (apiKey: string) => ['authorization', `Bearer ${apiKey}`] as const

/** A server that speaks OpenAI's format at `base`; `row` says where it differs. */
export const openaiCompatible = (name: string, row: Partial<Omit<ProviderType, 'name'>> = {}): ProviderType => ({
  name,
  defaultUrl: undefined,
  basePath: '/v1',
  keyVariables: [],
  modelPatterns: [],
  auth: bearer,
  speaks: ['openai-chat', 'openai-completions', 'openai-embeddings'],
  healthPath: undefined,
  streamsUsage: true,
  continues: false,
  renames: {},
  drops: [],
  refuses: [],
  url: (base, path) => base + path,
  ...row,
})

/** What can be asked of a provider of this type, in any language. */
export const operationsOf = ({ speaks }: ProviderType): readonly Operation[] => [
  ...new Set(speaks.map((wire) => WIRES[wire].operation)),
]
