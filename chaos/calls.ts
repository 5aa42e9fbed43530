// What a client asks, one call after the other: the same for the same seed. Pure.
import { promptOf } from '../src/bench/prompt.ts'
import { createRandom, pick, type Random } from '../src/sim/engine/random.ts'

export type CallKind =
  | 'whole'
  | 'stream'
  | 'stream with usage'
  | 'completion'
  | 'completion stream'
  | 'tool stream'
  | 'two choices'

export interface ChatCall {
  /** Sent as `x-request-id`; the gateway passes it on. */
  readonly id: string
  readonly kind: CallKind
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  /** The client is gone so long after it has asked, whatever has come by then. */
  readonly leavesAfterMs: number | undefined
  /** Before the next call. */
  readonly pauseMs: number
}

/** Streams of which nobody can say the rest: they may end in an error event when their server dies. */
const NOT_CONTINUABLE: ReadonlySet<CallKind> = new Set(['completion stream', 'tool stream', 'two choices'])

/** Whether a call must end well as long as one server of its pool is. */
export const mustSucceed = ({ kind }: Pick<ChatCall, 'kind'>): boolean => !NOT_CONTINUABLE.has(kind)

const WHOLE: ReadonlySet<CallKind> = new Set(['whole', 'completion'])

/** A server that is silent about a whole answer may be at work on it: only time tells, and then it is over. */
export const isSilenceFatal = ({ kind }: Pick<ChatCall, 'kind'>): boolean => WHOLE.has(kind)

const KINDS: readonly CallKind[] = [
  ...Array<CallKind>(9).fill('stream'),
  ...Array<CallKind>(9).fill('stream with usage'),
  ...Array<CallKind>(8).fill('whole'),
  'completion',
  'completion stream',
  'tool stream',
  'two choices',
]

const LEAVING = 0.08
const MOST_LEAVE_MS = 1500
const MOST_PAUSE_MS = 150
const [LEAST_TOKENS, MOST_TOKENS] = [4, 160]

/** The calls of client number `client`, without end. `models` are dealt evenly. */
export function* callsOf(seed: number, client: number, models: readonly string[]): Generator<ChatCall, never> {
  const random = createRandom(seed * 1009 + client)
  for (let at = 0; ; at++) {
    const id = `${seed}-${client}-${at}`
    const kind = pick(KINDS, random)
    yield {
      id,
      kind,
      path: kind.startsWith('completion') ? '/v1/completions' : '/v1/chat/completions',
      body: bodyOf(kind, `Call ${id}. ${promptFor(random)}`, pick(models, random), random),
      leavesAfterMs: random() < LEAVING ? random() * MOST_LEAVE_MS : undefined,
      pauseMs: random() * MOST_PAUSE_MS,
    }
  }
}

/** One prompt in six is long, one in twenty beyond what is parsed for its envelope. */
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

function bodyOf(kind: CallKind, prompt: string, model: string, random: Random): ChatCall['body'] {
  const tokens = Math.round(logBetween(LEAST_TOKENS, MOST_TOKENS, random))
  const length = random() < 0.5 ? { max_tokens: tokens } : { max_tokens: tokens, min_tokens: tokens }
  const messages = [{ role: 'user', content: prompt }]
  switch (kind) {
    case 'whole':
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
