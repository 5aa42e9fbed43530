// The `providers` section: provider types, their endpoints and credentials.
import { z } from 'zod'
import { duration } from '../schema/duration.ts'
import { name } from '../schema/name.ts'
import { headerSecret } from '../schema/secret.ts'
import { weight } from '../schema/weight.ts'
import { connections, providerTls } from './connection-config.ts'
import { propagate } from './propagate.ts'
import { unixUrlOf } from './unix-url.ts'
import { typeSettings } from './settings.ts'

// Messages in these schemas are predicates: the reader puts the found value in front of them.

/** An upstream's address: http, https or a Unix socket. Trailing slashes are removed. */
const url = z.string().transform((text, context) => {
  const reject = (message: string) => {
    context.issues.push({ code: 'custom', message, input: text })
    return z.NEVER
  }
  if (text.startsWith('unix:'))
    return unixUrlOf(text)
      ? text
      : reject('is not the path of a socket; allowed: unix:/path/to/socket, or unix:/path/to/socket:/path/of/the/api')
  const parsed = URL.parse(text)
  if (!parsed || !/^https?:\/\/[^/]/i.test(text))
    return reject('is not a URL; allowed: http://HOST or https://HOST, with port and path, or unix:/path/to/socket')
  if (parsed.username || parsed.password)
    return reject(
      'contains credentials; allowed: a URL without them, with `apiKey` or `headers` as settings of the provider',
    )
  if (/[?#\s]/.test(text))
    return reject('contains a query, a fragment or a space; allowed: scheme, host, port and path')
  return text.replace(/\/+$/, '')
})

// Infinity rather than undefined, so that `inFlight < maxConcurrency` needs no second test.
const maxConcurrency = z
  .int()
  .min(1, { error: 'is not a number of requests; allowed: a whole number from 1' })
  .optional()
  .transform((calls) => calls ?? Infinity)

const endpoint = z.preprocess(
  (given) => (typeof given === 'string' ? { url: given } : given),
  z.strictObject(
    { url, weight: weight.default(1), maxConcurrency, drain: z.boolean().default(false) },
    {
      error: (issue) =>
        issue.code === 'invalid_type'
          ? 'is not an endpoint; allowed: a URL, or { url, weight, maxConcurrency, drain }'
          : undefined,
    },
  ),
)

const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i
// These belong to the connection, not to the request. Set by hand, they allow request smuggling (RFC 9112, section 11.2).
const CONNECTION_HEADERS = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const headerName = z
  .string()
  .max(200, { error: 'is too long for a header; allowed: 200 characters' })
  .regex(token, { error: 'is not a header name; allowed: letters, digits, dashes and underscores' })
  .refine((header) => !CONNECTION_HEADERS.has(header.toLowerCase()), {
    error: 'is set by Sluice for each connection; remove it',
  })

const headers = z.record(headerName, headerSecret).transform((given, context) => {
  const lower = Object.entries(given).map(([header, value]) => [header.toLowerCase(), value] as const)
  for (const [index, [header]] of lower.entries())
    if (lower.findIndex(([other]) => other === header) !== index)
      context.issues.push({
        code: 'custom',
        message: 'is already in this list; header names are case-insensitive, remove one of them',
        params: { atKey: true },
        input: header,
        path: [Object.keys(given)[index]!],
      })
  return Object.fromEntries(lower)
})

// Many servers send their headers together with the first event: by default, only the `firstEvent` timeout applies to them.
const timeouts = z
  .strictObject({
    connect: duration.prefault('5s'),
    headers: duration.optional(),
    firstEvent: duration.prefault('5m'),
    idle: duration.prefault('2m'),
    total: duration.prefault('10m'),
    callerMax: duration.optional(),
  })
  .transform(({ connect, headers, firstEvent, idle, total, callerMax }) => ({
    connectMs: connect,
    headersMs: headers ?? Infinity,
    firstEventMs: firstEvent,
    idleMs: idle,
    totalMs: total,
    callerMaxMs: callerMax ?? 0,
  }))
  .prefault({})

const health = z
  .strictObject({
    path: z
      .string()
      .max(500, { error: 'is too long for a path; allowed: 500 characters' })
      .regex(/^\/[!-~]*$/, { error: 'is not a path; allowed: /a/path without spaces' })
      .optional(),
    interval: duration.prefault('5s'),
    timeout: duration.prefault('2s'),
    enabled: z.boolean().default(true),
    failureThreshold: z
      .int()
      .min(1, { error: 'is not a number of failures; allowed: a whole number from 1' })
      .default(5),
    cooldown: duration.prefault('5s'),
  })
  .transform(({ path, interval, timeout, cooldown, ...rest }) => ({
    ...rest,
    path,
    intervalMs: interval,
    timeoutMs: timeout,
    cooldownMs: cooldown,
  }))
  .prefault({})

const providerName = name.regex(/^[^/]*$/, {
  error: 'contains a slash, which separates provider and model in PROVIDER/MODEL; allowed: a name without one',
})

function providerSchema(types: readonly string[]) {
  return z
    .strictObject({
      type: z.enum(types, { error: `is not a provider type; allowed: ${types.join(', ')}` }),
      apiKey: headerSecret.optional(),
      baseUrl: url.optional(),
      apiVersion: z
        .string()
        .regex(/^[\w.-]{1,50}$/, { error: 'is not an API version; allowed: letters, digits, dots and dashes' })
        .optional(),
      endpoints: z.array(endpoint).min(1, { error: 'is empty; allowed: one endpoint or more' }).default([]),
      maxConcurrency,
      headers: headers.default({}),
      passthrough: z.boolean().default(false),
      propagate,
      tls: providerTls.optional(),
      connections,
      timeouts,
      health,
      ...typeSettings,
    })
    .transform(({ apiKey, baseUrl, apiVersion, ...rest }) => ({ apiKey, baseUrl, apiVersion, ...rest }))
}

/**
 * Replaced by the loader with the environment variables of the provider type, since a schema does not see the
 * environment.
 */
const NO_VARIABLES: Readonly<Record<string, string>> = {}

/** The `providers` section, for the given provider types. A provider that is named like a type has that type by default. */
export function providersSchema(types: readonly string[]) {
  const withType = (providerName: string, given: unknown): unknown => {
    const fields = given ?? {} // `ollama:` with nothing below it
    if (typeof fields !== 'object' || Array.isArray(fields) || 'type' in fields || !types.includes(providerName))
      return fields
    return { ...fields, type: providerName }
  }
  return z
    .preprocess(
      (given) => {
        if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
        return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, withType(key, value)]))
      },
      z.record(providerName, providerSchema(types)),
    )
    .transform((providers) =>
      Object.entries(providers).map(([key, fields]) => Object.assign({ name: key, environment: NO_VARIABLES }, fields)),
    )
    .prefault({})
}

export type ProviderConfig = z.output<ReturnType<typeof providersSchema>>[number]
export type Timeouts = ProviderConfig['timeouts']
