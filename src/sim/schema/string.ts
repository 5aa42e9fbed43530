import { pick, type Random } from '../engine/random.ts'
import { sentence } from '../text/prose.ts'
import { VOCABULARY } from '../text/vocabulary.ts'
import { SimError } from '../wire/errors.ts'
import { numberIn, type Schema } from './keywords.ts'
import { patternText } from './pattern.ts'

const TRIES = 100

const word = (random: Random): string => pick(VOCABULARY.N, random).replace('é', 'e')
const below = (random: Random, limit: number): number => Math.floor(random() * limit)
const two = (value: number): string => String(value).padStart(2, '0')
const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => below(random, 16).toString(16)).join('')
const date = (random: Random): string =>
  `20${10 + below(random, 20)}-${two(1 + below(random, 12))}-${two(1 + below(random, 28))}`
const time = (random: Random): string =>
  `${two(below(random, 24))}:${two(below(random, 60))}:${two(below(random, 60))}Z`

const FORMATS: Readonly<Record<string, (random: Random) => string>> = {
  date,
  time,
  'date-time': (random) => `${date(random)}T${time(random)}`,
  duration: (random) => `PT${1 + below(random, 59)}M`,
  email: (random) => `${word(random)}@example.com`,
  'idn-email': (random) => `${word(random)}@example.com`,
  hostname: (random) => `${word(random)}.example.com`,
  'idn-hostname': (random) => `${word(random)}.example.com`,
  uri: (random) => `https://example.com/${word(random)}`,
  url: (random) => `https://example.com/${word(random)}`,
  iri: (random) => `https://example.com/${word(random)}`,
  'uri-reference': (random) => `/${word(random)}`,
  'uri-template': (random) => `/${word(random)}/{id}`,
  'json-pointer': (random) => `/${word(random)}`,
  'relative-json-pointer': (random) => `1/${word(random)}`,
  ipv4: (random) => Array.from({ length: 4 }, () => below(random, 256)).join('.'),
  ipv6: (random) => Array.from({ length: 8 }, () => hex(random, 4)).join(':'),
  uuid: (random) => `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`,
  byte: (random) => Buffer.from(word(random)).toString('base64'),
  regex: (random) => `^${word(random)}$`,
  int32: (random) => String(below(random, 1000)),
}

/** A text that matches the format or pattern and the length bounds. Throws SimError if none is found. */
export function stringOf(schema: Schema, random: Random): string {
  const min = numberIn(schema, 'minLength') ?? 0
  const max = numberIn(schema, 'maxLength') ?? Number.POSITIVE_INFINITY
  const make = makerOf(schema, random)
  if (!make) return words(min, max, random)
  for (let tries = 0; tries < TRIES; tries++) {
    const text = make()
    if (text.length >= min && text.length <= max) return text
  }
  throw new SimError(400, 'No text fits the pattern and the length bounds of the JSON schema.')
}

function makerOf({ pattern, format }: Schema, random: Random): (() => string) | undefined {
  if (typeof pattern === 'string') return patternText(pattern, random)
  const known = typeof format === 'string' ? FORMATS[format] : undefined
  return known && (() => known(random))
}

/** One to three words, more if `min` requires it. */
function words(min: number, max: number, random: Random): string {
  let text = Array.from({ length: 1 + below(random, 3) }, () => word(random)).join(' ')
  while (text.length < min) text += ` ${sentence(random)}`
  return text.slice(0, max)
}
