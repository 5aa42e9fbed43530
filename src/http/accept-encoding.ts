/** Encodings for responses, best first: zstd is the fastest of them and has the smallest result but one. */
export const ENCODINGS = ['zstd', 'br', 'gzip'] as const
export type Encoding = (typeof ENCODINGS)[number]

const MEMBER = /^[ \t]*([\w!#$%&'*+.^`|~-]+)[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*)?$/i
const MOST_MEMBERS = 50

/** What a client accepts. */
export interface Accepted {
  /** The best encoding; undefined: none, or none better than the plain response. */
  readonly encoding: Encoding | undefined
  /** The client refuses a plain response (`identity;q=0`). */
  readonly refusesPlain: boolean
}

/** Reads `accept-encoding`. A member that cannot be read is ignored. Source: RFC 9110, section 12.5.3 */
export function acceptedEncoding(header: string | null): Accepted {
  const weights = new Map<string, number>()
  for (const member of header?.split(',', MOST_MEMBERS) ?? []) {
    const [, name, weight = '1'] = MEMBER.exec(member) ?? []
    if (name !== undefined) weights.set(name.toLowerCase().replace(/^x-gzip$/, 'gzip'), Number(weight))
  }
  const others = weights.get('*')
  const plain = weights.get('identity') ?? (others === 0 ? 0 : undefined)
  const weightOf = (encoding: Encoding) => weights.get(encoding) ?? others ?? 0
  const [best] = ENCODINGS.toSorted((a, b) => weightOf(b) - weightOf(a))
  const isBetter = weightOf(best!) > 0 && weightOf(best!) >= (plain ?? 0)
  return { encoding: isBetter ? best : undefined, refusesPlain: plain === 0 }
}
