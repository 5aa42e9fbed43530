// Many streams at once, for the scenarios.
import { KEY } from '../test/gateway.ts'
import type { ChaosRequest } from './requests.ts'
import { createClient, type Outcome } from './client.ts'
import { judge } from './judge.ts'
import type { Verdict } from './verdict.ts'

export interface Ended {
  readonly request: ChaosRequest
  readonly outcome: Outcome
  readonly verdict: Verdict
}

export interface Streams {
  /** Resolves when every stream has begun. */
  readonly begun: Promise<void>
  readonly ended: Promise<readonly Ended[]>
}

export const streamRequest = (id: string, tokens: number): ChaosRequest => ({
  id,
  kind: 'stream with usage',
  path: '/v1/chat/completions',
  body: {
    model: 'sim-1b',
    messages: [{ role: 'user', content: `Question ${id}` }],
    max_tokens: tokens,
    min_tokens: tokens,
    stream: true,
    stream_options: { include_usage: true },
  },
  disconnectsAfterMs: undefined,
  pauseMs: 0,
})

/** Opens `count` streams of `tokens` tokens, each on a connection of its own. */
export function openStreams(url: string, count: number, tokens: number): Streams {
  const streams = Array.from({ length: count }, (_, at) => openStream(url, streamRequest(String(at), tokens)))
  return {
    begun: Promise.all(streams.map(({ begun }) => begun)).then(() => undefined),
    ended: Promise.all(streams.map(({ ended }) => ended)),
  }
}

function openStream(
  url: string,
  request: ChaosRequest,
): { readonly begun: Promise<void>; readonly ended: Promise<Ended> } {
  const { promise: begun, resolve } = Promise.withResolvers<void>()
  const client = createClient(url, KEY)
  const ended = client.send(request, resolve).then((outcome) => {
    resolve() // also if it never began
    client.close()
    return { request, outcome, verdict: judge(request, outcome) }
  })
  return { begun, ended }
}

/** Counts the verdicts. */
export function countVerdicts(ended: readonly Ended[]): Readonly<Record<Verdict['type'], number>> {
  const counts = { exact: 0, error: 0, incomplete: 0, wrong: 0 }
  for (const { verdict } of ended) counts[verdict.type]++
  return counts
}
