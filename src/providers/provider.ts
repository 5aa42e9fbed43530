import type { IdRule } from '../formats/translation/call-ids.ts'
import type { Capability, Feature } from '../formats/format.ts'
import type { Operation, ApiName } from '../formats/apis/api.ts'
import { needsResponsesForTools, reasoningFamily, rejectsToolsInChat } from '../formats/openai-shared/models.ts'
import { APIS } from '../formats/apis/apis.ts'
import type { Authorization, AuthorizationParts } from './authorization.ts'
import type { ProviderConfig } from './config.ts'
import type { TypeSetting } from './settings.ts'

/** A provider type as data: everything that differs between two servers of one API format. */
/** What a request of Chat Completions says about reasoning. */
export interface ChatEffort {
  readonly effort: string | undefined
}

export interface ProviderType {
  readonly name: string
  /** The URL if the configuration has none; undefined for self-hosted servers. */
  readonly defaultUrl: string | undefined
  /** Added to a configured URL that has no path. */
  readonly basePath: string
  /** The environment variables for its key; the first one that is set is used. */
  readonly keyVariables: readonly string[]
  /** Names of its models, as patterns with `*`: the models that clients can request without a configuration. */
  readonly modelPatterns: readonly string[]
  readonly auth: (apiKey: string) => readonly [header: string, value: string]
  /** Creates authorization that is more than a fixed header; returns undefined for a configuration that needs none. */
  readonly authorize: ((config: ProviderConfig, parts: AuthorizationParts) => Authorization | undefined) | undefined
  /** The environment variables that are passed to `authorize` in `config.environment`. */
  readonly variables: readonly string[]
  /** The settings that only this type and few others have. */
  readonly settings: readonly TypeSetting[]
  /** Finds the credentials file if the configuration has neither credentials nor a key. */
  readonly findCredentials: (environment: Readonly<Record<string, string | undefined>>) => string | undefined
  /** Computes the API's base URL from the configured URL or the default one, if that takes more than adding a path. */
  readonly locate: ((config: ProviderConfig, url?: string) => string) | undefined
  /** Problems of a configuration whose settings are valid one by one. */
  readonly problems: (config: ProviderConfig) => readonly SettingProblem[]
  /** Headers of every request; the client's own headers override them if the client uses the same API format. */
  readonly headers: Readonly<Record<string, string>>
  /** Its APIs. If several have the same operation, requests are translated to the first one. */
  readonly apis: readonly ApiName[]
  /** The subset of `apis` for one model, if it depends on the model. */
  readonly apisFor: ((model: string) => readonly ApiName[]) | undefined
  /**
   * The API to translate a chat request with tools to, if it is not the first of `apis` for this model. `chat`: the request
   * is one of Chat Completions, with this effort.
   */
  readonly apiForTools: ((model: string, chat?: ChatEffort) => ApiName | undefined) | undefined
  /** Fields that this model has under another name. */
  readonly modelRenames: ((model: string) => Readonly<Record<string, string>> | undefined) | undefined
  /** How its request bodies differ from those of the API's maker. */
  readonly bodies: Readonly<Partial<Record<ApiName, BodyShape>>>
  /** The betas of Anthropic's that it has; undefined: it decides itself. */
  readonly betas: ReadonlySet<string> | undefined
  /**
   * The operator runs it, so it may see the traces of clients, and pass-through reaches the paths above its API:
   * `/tokenize` beside `/v1`. The `-compatible` types can be hosted services.
   */
  readonly isSelfHosted: boolean
  /** The path of its health page, from the root of its server; undefined: no active checks. */
  readonly healthPath: string | undefined
  /** It accepts `stream_options.include_usage`. */
  readonly streamsUsage: boolean
  /** What it supports beyond its API format. */
  readonly capabilities: ReadonlySet<Capability>
  /** What it lacks of its API format. */
  readonly lacks: ReadonlySet<Feature>
  /** The rule for ids of tool calls, if it is stricter than that of its API format. */
  readonly toolIds: IdRule | undefined
  /** The APIs whose format its responses deviate from, so that they are normalized before they are sent to clients. */
  readonly normalizes: readonly ApiName[]
  /** It keeps responses of the Responses API itself, so that a request can refer to them. */
  readonly keepsResponses: boolean
  /** It can continue a response that another server began (`continue_final_message`). */
  readonly canResume: boolean
  /** Request fields that have other names there. */
  readonly renames: Readonly<Record<string, string>>
  /** Values of request fields that have other names there, by field. */
  readonly values: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Request fields that it rejects and that do not change the meaning of the response: removed, with a warning. */
  readonly drops: readonly string[]
  /** Fields of messages that it rejects, of earlier responses of other servers: removed, with a warning. */
  readonly dropsInMessages: readonly string[]
  /** Request fields that it rejects and that change the meaning of the response: the request is rejected. */
  readonly rejects: readonly string[]
  readonly url: (base: string, path: string, model: string, options: UrlOptions) => string
}

export interface BodyShape {
  /** Fields with their values as JSON; they override the client's own. */
  readonly adds: Readonly<Record<string, string>>
  /** Fields that are removed without a warning: sent in the URL or a header, or what they ask for is done by Sluice. */
  readonly removes: readonly string[]
  /** Fields of this API only that it rejects: removed, with a warning. */
  readonly drops?: readonly string[]
  /** Fields that it rejects beside a reference to a response that it keeps. */
  readonly alone?: readonly string[]
}

export interface SettingProblem {
  /** Undefined: the problem concerns the provider as a whole. */
  readonly setting?: TypeSetting
  /** A sentence: what is wrong and how to fix it. */
  readonly message: string
}

export interface UrlOptions {
  readonly apiVersion: string | undefined
  readonly stream: boolean
}

export const bearer = (apiKey: string) => ['authorization', `Bearer ${apiKey}`] as const

type Row = Partial<Omit<ProviderType, 'name'>>

/** Defines a provider type: the defaults, overridden by `row`. */
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
  apiForTools: undefined,
  modelRenames: undefined,
  bodies: {},
  betas: undefined,
  headers: {},
  isSelfHosted: false,
  healthPath: undefined,
  streamsUsage: true,
  capabilities: new Set(),
  lacks: new Set(),
  toolIds: undefined,
  normalizes: [],
  keepsResponses: false,
  canResume: false,
  renames: {},
  values: {},
  drops: [],
  dropsInMessages: [],
  rejects: [],
  url: (base, path) => base + path,
  ...row,
})

/** The APIs of servers that implement OpenAI's original API. */
export const TEXT = ['openai-chat', 'openai-completions', 'openai-embeddings'] as const

/** What OpenAI's models understand and servers of other models do not. */
export const NOT_OPENAI: ReadonlySet<Feature> = new Set(['developer-role'])

/** Mistral's clients write `any`. */
export const TOOL_CHOICES = { tool_choice: { any: 'required' } } as const

/** No tier changes the meaning of a response, so the words of other providers for their tiers need no error. */
export const OPENAI_VALUES = {
  ...TOOL_CHOICES,
  service_tier: { on_demand: 'default', performance: 'priority', standard_only: 'default' },
} as const

/** OpenAI's newer models accept tools beside reasoning in Responses only. */
export const responsesForTools = (model: string, chat?: ChatEffort): ApiName | undefined =>
  (chat ? rejectsToolsInChat(model, chat.effort) : needsResponsesForTools(model)) ? 'openai-responses' : undefined

/** OpenAI's models that reason reject the older name of the output limit. */
export const capOfReasoning = (model: string): Readonly<Record<string, string>> | undefined =>
  reasoningFamily(model) ? NEW_CAP : undefined

const NEW_CAP = { max_tokens: 'max_completion_tokens' } as const

/** A provider type with OpenAI's API formats. */
export const openaiCompatible = (name: string, row: Row = {}): ProviderType =>
  defineProvider(name, { apis: TEXT, lacks: NOT_OPENAI, values: TOOL_CHOICES, ...row })

/** The operations of a provider type, in any API format. */
export const operationsOf = ({ apis }: ProviderType): readonly Operation[] => [
  ...new Set(apis.map((api) => APIS[api].operation)),
]
