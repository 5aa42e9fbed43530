// The requests of a client, one after the other: the same for the same seed. Pure.
import { promptOf } from '../src/bench/prompt.ts'
import { createRandom, pick, type Random } from '../src/sim/engine/random.ts'

export type RequestKind =
  | 'complete'
  | 'stream'
  | 'stream with usage'
  | 'completion'
  | 'completion stream'
  | 'tool stream'
  | 'two choices'

export interface ChaosRequest {
  /** Sent as `x-request-id`; the gateway forwards it. */
  readonly id: string
  readonly kind: RequestKind
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  /** The client disconnects this long after it sent the request. */
  readonly disconnectsAfterMs: number | undefined
  /** The pause before the next request. */
  readonly pauseMs: number
}

/** Streams that no other server can continue: they may end in an error event if their server fails. */
const NOT_RESUMABLE: ReadonlySet<RequestKind> = new Set(['completion stream', 'tool stream', 'two choices'])

/** Whether a request must succeed as long as one server of its pool works. */
export const mustSucceed = ({ kind }: Pick<ChaosRequest, 'kind'>): boolean => !NOT_RESUMABLE.has(kind)

const COMPLETE: ReadonlySet<RequestKind> = new Set(['complete', 'completion'])

/** A silent server may still be generating a complete response: only the timeout ends the request. */
export const endsByTimeout = ({ kind }: Pick<ChaosRequest, 'kind'>): boolean => COMPLETE.has(kind)

const KINDS: readonly RequestKind[] = [
  ...Array<RequestKind>(9).fill('stream'),
  ...Array<RequestKind>(9).fill('stream with usage'),
  ...Array<RequestKind>(8).fill('complete'),
  'completion',
  'completion stream',
  'tool stream',
  'two choices',
]

const DISCONNECT_SHARE = 0.08
const MAX_DISCONNECT_MS = 1500
const MAX_PAUSE_MS = 150
const [LEAST_TOKENS, MOST_TOKENS] = [4, 160]

/** The requests of client number `client`, without end. `models` are chosen with equal probability. */
export function* requestsOf(seed: number, client: number, models: readonly string[]): Generator<ChaosRequest, never> {
  const random = createRandom(seed * 1009 + client)
  for (let at = 0; ; at++) {
    const id = `${seed}-${client}-${at}`
    const kind = pick(KINDS, random)
    yield {
      id,
      kind,
      path: kind.startsWith('completion') ? '/v1/completions' : '/v1/chat/completions',
      body: bodyOf(kind, `Call ${id}. ${promptFor(random)}`, pick(models, random), random),
      disconnectsAfterMs: random() < DISCONNECT_SHARE ? random() * MAX_DISCONNECT_MS : undefined,
      pauseMs: random() * MAX_PAUSE_MS,
    }
  }
}

/** One prompt in six is long; one in twenty is larger than what is parsed for its envelope. */
function promptFor(random: Random): string {
  const size = random()
  const [least, most] = size < 0.83 ? [40, 2000] : size < 0.95 ? [2000, 20_000] : [20_000, 80_000]
  return promptOf(Math.round(logBetween(least, most, random)), random() < 0.5 ? 'prose' : 'code')
}

const logBetween = (least: number, most: number, random: Random) => least * (most / least) ** random()

const TOOL = {
  type: 'function',
  function: {
    name: 'note',
    parameters: {
      type: 'object',
      properties: { title: { type: 'string' }, text: { type: 'string' } },
      required: ['title', 'text'],
    },
  },
}

function bodyOf(kind: RequestKind, prompt: string, model: string, random: Random): ChaosRequest['body'] {
  const tokens = Math.round(logBetween(LEAST_TOKENS, MOST_TOKENS, random))
  const length = random() < 0.5 ? { max_tokens: tokens } : { max_tokens: tokens, min_tokens: tokens }
  const messages = [{ role: 'user', content: prompt }]
  switch (kind) {
    case 'complete':
      return { model, messages, ...length }
    case 'stream':
      return { model, messages, ...length, stream: true }
    case 'stream with usage':
      return { model, messages, ...length, stream: true, stream_options: { include_usage: true } }
    case 'completion':
      return { model, prompt, ...length }
    case 'completion stream':
      return { model, prompt, ...length, stream: true }
    case 'tool stream':
      return { model, messages, stream: true, tools: [TOOL], tool_choice: 'required' }
    case 'two choices':
      return { model, messages, ...length, stream: true, n: 2 }
  }
}
