import type { IdRule } from '../formats/translation/call-ids.ts'
import type { Capability } from '../formats/format.ts'
import type { Operation, ApiName } from '../formats/apis/api.ts'
import { APIS } from '../formats/apis/apis.ts'
import type { Authorization, AuthorizationParts } from './authorization.ts'
import type { ProviderConfig } from './config.ts'
import type { TypeSetting } from './settings.ts'

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
  /** Where more than a fixed header is needed; answers undefined for a configuration that needs no more. */
  readonly authorize: ((config: ProviderConfig, parts: AuthorizationParts) => Authorization | undefined) | undefined
  /** The environment variables that `authorize` finds in `config.environment`. */
  readonly variables: readonly string[]
  /** The settings that it has and others have not. */
  readonly settings: readonly TypeSetting[]
  /** The file with its credentials, where the configuration names neither these nor a key. */
  readonly findCredentials: (environment: Readonly<Record<string, string | undefined>>) => string | undefined
  /** The API's base at the configured address, or at its own, where more than a path belongs to it. */
  readonly locate: ((config: ProviderConfig, url?: string) => string) | undefined
  /** What is wrong with a configuration whose settings are each right. */
  readonly problems: (config: ProviderConfig) => readonly SettingProblem[]
  /** Sent with every call; the client's own count more where its language is the same. */
  readonly headers: Readonly<Record<string, string>>
  /** The languages it is asked in; of several for one operation the first is the one to translate into. */
  readonly apis: readonly ApiName[]
  /** Where each model has a language of its own: those of `apis` that this one is asked in. */
  readonly apisFor: ((model: string) => readonly ApiName[]) | undefined
  /** How its requests in a language differ from those of the language's maker. */
  readonly bodies: Readonly<Partial<Record<ApiName, BodyShape>>>
  /** Where it says that it is well, from the root of its server; undefined: nobody asks it. */
  readonly healthPath: string | undefined
  /** It accepts `stream_options.include_usage`. */
  readonly streamsUsage: boolean
  /** What it can do beyond its language. */
  readonly capabilities: ReadonlySet<Capability>
  /** What it takes as the id of a tool call, where that is stricter than its language. */
  readonly toolIds: IdRule | undefined
  /** It takes its language so loosely that clients are shown its answers in the language's own form. */
  readonly normalizesResponses: boolean
  /** It can go on with an answer that another server began (`continue_final_message`). */
  readonly canResume: boolean
  /** Request fields under other names there. */
  readonly renames: Readonly<Record<string, string>>
  /** Request fields that it rejects and that change nothing in the answer's meaning: removed, with a warning. */
  readonly drops: readonly string[]
  /** Request fields that it rejects and that do change the meaning: the call is refused. */
  readonly rejects: readonly string[]
  readonly url: (base: string, path: string, model: string, options: UrlOptions) => string
}

export interface BodyShape {
  /** Fields with their values as JSON; they win over the client's own. */
  readonly adds: Readonly<Record<string, string>>
  /** Fields that are left out without a word, because they are said elsewhere. */
  readonly removes: readonly string[]
}

export interface SettingProblem {
  /** Undefined: it is about the provider as a whole. */
  readonly setting?: TypeSetting
  /** A sentence: what is wrong and what is allowed. */
  readonly message: string
}

export interface UrlOptions {
  readonly apiVersion: string | undefined
  readonly stream: boolean
}

export const bearer = (apiKey: string) => ['authorization', `Bearer ${apiKey}`] as const

type Row = Partial<Omit<ProviderType, 'name'>>

/** A provider as it is without quirks; `row` says where this one differs. */
export const defineProvider = (name: string, row: Row & Pick<ProviderType, 'apis'>): ProviderType => ({
  name,
  defaultUrl: undefined,
  basePath: '/v1',
  keyVariables: [],
  modelPatterns: [],
  auth: bearer,
  authorize: undefined,
  variables: [],
  settings: [],
  problems: () => [],
  findCredentials: () => undefined,
  locate: undefined,
  apisFor: undefined,
  bodies: {},
  headers: {},
  healthPath: undefined,
  streamsUsage: true,
  capabilities: new Set(),
  toolIds: undefined,
  normalizesResponses: false,
  canResume: false,
  renames: {},
  drops: [],
  rejects: [],
  url: (base, path) => base + path,
  ...row,
})

/** What servers have that took over OpenAI's first API. */
export const TEXT = ['openai-chat', 'openai-completions', 'openai-embeddings'] as const

/** A server of OpenAI's formats at `base`. */
export const openaiCompatible = (name: string, row: Row = {}): ProviderType =>
  defineProvider(name, { apis: TEXT, ...row })

/** What can be asked of a provider of this type, in any language. */
export const operationsOf = ({ apis }: ProviderType): readonly Operation[] => [
  ...new Set(apis.map((api) => APIS[api].operation)),
]
