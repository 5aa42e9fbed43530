// The `models` and `routes` sections: which models clients can request, and where their requests go.
import { z } from 'zod'
import { duration, durationFrom, durationOrOff } from '../schema/duration.ts'
import { name } from '../schema/name.ts'
import { normalisePrefix, pathPrefix } from '../schema/path-prefix.ts'
import { weight } from '../schema/weight.ts'
import { admissionSchema } from './admission/config.ts'
import { hedgeSchema } from './hedge-config.ts'
import { fallbacksSchema } from './fallbacks-config.ts'
import { type RetryKind, retryKinds } from './retry-rules.ts'

export const policyNames = ['round_robin', 'weighted', 'random', 'least_request', 'p2c', 'latency'] as const
export type PolicyName = (typeof policyNames)[number]

/** Names of the same policies in other gateways. */
const POLICY_ALIASES = {
  'simple-shuffle': 'weighted',
  'least-busy': 'least_request',
  power_of_two: 'p2c',
  'latency-based-routing': 'latency',
} as const satisfies Record<string, PolicyName>

const aliasNames = Object.keys(POLICY_ALIASES) as (keyof typeof POLICY_ALIASES)[]
const policy = z
  .enum([...policyNames, ...aliasNames], {
    error: `is not a policy; allowed: ${[...policyNames, ...aliasNames].join(', ')}`,
  })
  .transform((given): PolicyName =>
    given in POLICY_ALIASES ? POLICY_ALIASES[given as keyof typeof POLICY_ALIASES] : (given as PolicyName),
  )

/** Uses `message` for a value of the wrong type; unknown keys keep their own message. */
const expects = (message: string) => (issue: { code?: string | undefined; input?: unknown }) =>
  issue.code === 'invalid_type' && issue.input !== undefined ? message : undefined

/** `gpu/meta-llama/Llama-3.2-1B`: the provider up to the first slash, then the provider's name of the model. */
function readTarget(given: unknown): unknown {
  const match = typeof given === 'string' ? /^([^/]+)\/(.+)$/s.exec(given) : null
  return match ? { provider: match[1], model: match[2] } : given
}

const target = z.preprocess(
  readTarget,
  z.strictObject(
    { provider: name, model: name, weight: weight.default(1) },
    { error: expects('is not a target; allowed: PROVIDER/MODEL, or { provider, model, weight }') },
  ),
)

// Here an absent timeout is `undefined`: the provider's timeout applies.
const timeouts = z
  .strictObject({
    connect: duration.optional(),
    headers: duration.optional(),
    firstEvent: duration.optional(),
    idle: duration.optional(),
    total: duration.optional(),
    callerMax: duration.optional(),
  })
  .transform(({ connect, headers, firstEvent, idle, total, callerMax }) => ({
    connectMs: connect,
    headersMs: headers,
    firstEventMs: firstEvent,
    idleMs: idle,
    totalMs: total,
    callerMaxMs: callerMax,
  }))
  .prefault({})

const wholeNumber = (unit: string, min: number, max: number) => {
  const error = `is not a number of ${unit}; allowed: ${min} to ${max}`
  return z.int().min(min, { error }).max(max, { error })
}

const retries = wholeNumber('retries', 0, 10)
const retriesByKind = Object.fromEntries(retryKinds.map((kind) => [kind, retries.optional()])) as {
  readonly [kind in RetryKind]: z.ZodOptional<typeof retries>
}

const oneStar = (text: string) => text.split('*').length <= 2
const modelName = name.refine(oneStar, { error: 'contains more than one *; allowed: one' })
const plainName = name.refine((text) => !text.includes('*'), { error: 'contains a *; allowed: a full name' })

/** What happens to a response when its client disconnects: it is aborted, or read to the end. */
const disconnects = ['cancel', 'finish'] as const
export type OnDisconnect = (typeof disconnects)[number]
const onDisconnect = z.enum(disconnects, { error: `is not a valid value; allowed: ${disconnects.join(', ')}` })

const model = z.preprocess(
  (given) => (typeof given === 'string' ? { targets: [given] } : given),
  z.strictObject(
    {
      targets: z.array(target).min(1, { error: 'is empty; allowed: one target or more' }),
      fallbacks: fallbacksSchema.prefault({}),
      aliases: z.array(plainName).default([]),
      retries: retries.default(2),
      retriesOn: z.strictObject(retriesByKind).prefault({}),
      maxRetryWait: durationFrom(0).prefault('10s'),
      hedge: hedgeSchema.prefault({}),
      policy: policy.prefault('least_request'),
      continueStreams: z.boolean().default(true),
      strictTranslation: z.boolean().default(false),
      onDisconnect: onDisconnect.default('cancel'),
      streamKeepAlive: durationOrOff.optional(),
      admission: admissionSchema,
      timeouts,
    },
    { error: expects('is not a model; allowed: PROVIDER/MODEL, or a mapping with `targets`') },
  ),
)

/** The `requests` section: settings of every request, whatever its model. */
export const requestsSchema = z
  .strictObject({ maxAttempts: wholeNumber('attempts', 1, 50).default(8), fallbacks: fallbacksSchema.prefault({}) })
  .prefault({})

/** The `models` section, as a list: clients send these names, and a list has no `constructor` that a name could match. */
export const modelsSchema = z
  .record(modelName, model)
  .transform((models) => Object.entries(models).map(([key, fields]) => Object.assign({ name: key }, fields)))
  .prefault({})

const stickyError = 'is not a valid sticky key; allowed: user, key, session, header:NAME'
const sticky = z.string().transform((text, context) => {
  if (text === 'user' || text === 'key' || text === 'session') return { type: text } as const
  const header = /^header:([\w!#$%&'*+.^`|~-]{1,200})$/.exec(text)?.[1]
  if (header) return { type: 'header' as const, name: header.toLowerCase() }
  context.issues.push({ code: 'custom', message: stickyError, input: text })
  return z.NEVER
})

const arms = z
  .record(plainName, weight)
  .refine((given) => Object.values(given).some((share) => share !== 0), {
    error: 'has no arm with weight; allowed: at least one weight above 0',
  })
  .transform((given) => Object.entries(given).map(([model, weight]) => ({ model, weight })))

const route = z.preprocess(
  (given) => (typeof given === 'string' ? { model: given } : given),
  z
    .strictObject(
      {
        model: name.optional(),
        split: arms.optional(),
        sticky: sticky.optional(),
        salt: z
          .union([z.string().max(200), z.number()], {
            error: 'is not a salt; allowed: up to 200 characters, or a number',
          })
          .default('')
          .transform(String),
        onDisconnect: onDisconnect.optional(),
      },
      { error: expects('is not a route; allowed: the name of a model, or { split, sticky, salt }') },
    )
    .transform(({ model, split, sticky = { type: 'none' as const }, salt, onDisconnect }, context) => {
      if (model !== undefined && split === undefined) return { type: 'model' as const, model, onDisconnect }
      if (split !== undefined && model === undefined)
        return { type: 'split' as const, arms: split, sticky, salt, onDisconnect }
      context.issues.push({
        code: 'custom',
        message: 'needs exactly one destination; allowed: either `model` or `split`',
        input: {},
      })
      return z.NEVER
    }),
)

/** `/v1/1b/` as `/v1/1b`. */

/** The `routes` section, as a list of path prefixes bound to a model or a split. */
export const routesSchema = z
  .record(pathPrefix, route)
  .transform((routes) => Object.entries(routes).map(([path, to]) => Object.assign({ path: normalisePrefix(path) }, to)))
  .prefault({})

export type ModelConfig = z.output<typeof modelsSchema>[number]
export type RouteConfig = z.output<typeof routesSchema>[number]
