// The flags of `sluice bench`, checked together and turned into a load.
import { parseDurationMs } from '../units.ts'
import type { LoadOptions } from './load.ts'
import { buildRequest } from './request.ts'
import { parseTarget } from './target.ts'

/** The flags as text from the command line, not yet checked. */
export interface BenchFlags {
  readonly rate?: string
  readonly concurrency?: string
  readonly duration?: string
  readonly requests?: string
  readonly warmup?: string
  readonly timeout?: string
  readonly stream?: boolean
  readonly model?: string
  readonly key?: string
  readonly promptBytes?: string
  readonly maxTokens?: string
  readonly header?: readonly string[]
  readonly body?: string
}

const DEFAULT_CONCURRENCY = 16
const DEFAULT_DURATION_MS = 10_000

/** Throws an `Error` that names the flag, its value and what it takes. */
export function planLoad(url: string, flags: BenchFlags): LoadOptions {
  const target = parseTarget(url)
  const isStream = flags.stream ?? false
  const request = buildRequest(target, {
    stream: isStream,
    ...given('model', flags.model),
    ...given('key', flags.key),
    ...given('body', flags.body),
    ...given('promptBytes', wholeNumber('--prompt-bytes', flags.promptBytes, 0)),
    ...given('maxTokens', wholeNumber('--max-tokens', flags.maxTokens)),
    headers: (flags.header ?? []).map(parseHeader),
  })
  const requests = wholeNumber('--requests', flags.requests)
  const durationMs = duration('--duration', flags.duration)
  return {
    target,
    request,
    isStream,
    shape: shapeOf(flags),
    ...given('requests', requests),
    ...given('durationMs', durationMs ?? (requests === undefined ? DEFAULT_DURATION_MS : undefined)),
    ...given('warmupMs', duration('--warmup', flags.warmup)),
    ...given('timeoutMs', duration('--timeout', flags.timeout)),
  }
}

function shapeOf({ rate, concurrency }: BenchFlags): LoadOptions['shape'] {
  if (rate !== undefined && concurrency !== undefined)
    throw new Error(
      '--rate sends requests at fixed times, --concurrency sends the next one after a response: use only one of them',
    )
  if (rate === undefined) return { concurrency: wholeNumber('--concurrency', concurrency) ?? DEFAULT_CONCURRENCY }
  const perSecond = Number(rate)
  if (!(perSecond > 0 && perSecond <= 1_000_000))
    throw new Error(`--rate takes requests per second, such as 100, not "${rate}"`)
  return { rate: perSecond }
}

function wholeNumber(flag: string, text: string | undefined, least = 1): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text) || Number(text) < least)
    throw new Error(`${flag} takes a whole number of at least ${least}, not "${text}"`)
  return Number(text)
}

function duration(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDurationMs(text)
  if (ms === undefined) throw new Error(`${flag} takes a duration with a unit, such as 10s, 500ms or 2m, not "${text}"`)
  return ms
}

function parseHeader(text: string): readonly [string, string] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*([^\r\n]*)$/.exec(text)
  if (!match) throw new Error(`--header takes 'name: value', not "${text}"`)
  return [match[1]!, match[2]!]
}

/** A property only if there is a value, as `exactOptionalPropertyTypes` requires. */
const given = <Name extends string, Value>(name: Name, value: Value | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value }
